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


def target() -> Target:
    return Target(
        name=TargetName("larkfield/api"),
        integration="larkfield",
        probe=HttpProbe(url="https://larkfield.example/openapi.json"),
        every=timedelta(minutes=15),
        confirm_after=timedelta(minutes=1),
        policy=Policy.CONSUMER,
        usage=Usage(),
        format="openapi",
        paused=False,
    )


@pytest.mark.parametrize(
    ("ours", "affected"),
    [
        (("POST /v1/payments",), ("POST /v1/payments",)),
        ((), REACHED),
    ],
    ids=["only what we call", "all where that is not known"],
)
def test_the_affected_operations_are_those_that_we_call(ours: tuple[str, ...], affected: tuple[str, ...]) -> None:
    finding = Finding(
        rule="property.removed",
        impact=Impact.BREAKING,
        address="schemas/payment/properties/status",
        message="`payment.status` was removed",
        operations=REACHED,
        ours=ours,
        use=Use.USED,
    )
    (cause,) = causes_of(target(), [finding])
    assert cause.operations == affected
