"""What of a finding an escalation carries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.config import Target
from monitor.stakes import causes_of
from monitor.watch import TargetName
from probes.http import HttpProbe
from schemas.change import Finding, Impact, Use
from schemas.lens import Policy
from schemas.usage import Usage

REACHED = ("DELETE /v1/customers/{id}", "GET /v1/payments/{id}", "POST /v1/payments")


def target(*operations: str) -> Target:
    return Target(
        name=TargetName("larkfield/api"),
        integration="larkfield",
        probe=HttpProbe(url="https://larkfield.example/openapi.json"),
        every=timedelta(minutes=15),
        confirm_after=timedelta(minutes=1),
        policy=Policy.CONSUMER,
        usage=Usage(operations=frozenset(operations)),
        format="openapi",
        paused=False,
    )


@pytest.mark.parametrize(
    ("called", "affected"),
    [
        (("POST /v1/payments", "GET /v1/refunds"), ("POST /v1/payments",)),
        ((), REACHED),
        (("GET /v1/refunds",), REACHED),
    ],
    ids=["only what we call", "all where we do not say", "all where a field of it is what we use"],
)
def test_the_affected_operations_are_those_that_we_call(called: tuple[str, ...], affected: tuple[str, ...]) -> None:
    finding = Finding(
        rule="property.removed",
        impact=Impact.BREAKING,
        address="schemas/payment/properties/status",
        message="`payment.status` was removed",
        operations=REACHED,
        use=Use.USED,
    )
    (cause,) = causes_of(target(*called), [finding])
    assert cause.operations == affected
