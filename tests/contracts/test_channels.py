"""Every registered channel: it delivers, it sorts each failure into the right class, and it never tells a secret."""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

import alerts.channels
from alerts.channels import Channel, HearsWebhooks, Tools, Watched, outlets
from alerts.errors import DeliveryError, Reason, Undeliverable, Undelivered, WebhookError
from alerts.matrix import Contact
from alerts.page import Action, Page, Record
from alerts.signals import HearsSignals
from monitor.demo.serve import Tls
from monitor.egress import Egress
from tests.alerts.far_ends import FAR_ENDS, SECRETS, SIGNING_SECRET, Cue, FarEnd, nobody_listens
from tests.alerts.pages import content, page
from tests.alerts.stories import MONDAY

MODULES = {
    found.name: importlib.import_module(f"alerts.channels.{found.name}")
    for found in pkgutil.iter_modules(alerts.channels.__path__)
}
KINDS = {module.CHANNEL.model_fields["kind"].default: module.CHANNEL for module in MODULES.values() if hasattr(module, "CHANNEL")}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with Egress(private=True) as http:
        yield Tools(http=http, now=MONDAY)


@pytest.fixture(params=sorted(KINDS))
async def far(request: pytest.FixtureRequest, tls: Tls) -> AsyncIterator[FarEnd]:
    assert request.param in FAR_ENDS, f"channel {request.param} has no far end in tests/alerts/far_ends.py"
    async with FAR_ENDS[request.param](tls) as end:
        yield end


UNTOLD = {("goalert", Action.ACKNOWLEDGE), ("incident-io", Action.ACKNOWLEDGE)}
"""What a vendor has no way to take, and would misunderstand: nothing is sent for it."""


def to_somebody(channel: Channel, action: Action = Action.TRIGGER) -> Page:
    outlet = outlets({"it": channel})["it"]
    if outlet.public:
        state = {Action.TRIGGER: "open", Action.RESOLVE: "resolved"}.get(action, "acknowledged")
        said = content(facts=(("", "We are at work on it."),), links=())
        return page(Action.NOTE, content=said, record=Record(state=state, subject="Everybody", news=("We are at work on it.",)))
    return page(action, recipient="ana@example.com" if outlet.address else "")


def test_every_module_registers_a_frozen_model_named_after_it() -> None:
    assert set(KINDS) == {name.replace("_", "-") for name in MODULES} == set(FAR_ENDS)
    assert all(model.model_config["frozen"] and model.model_config["extra"] == "forbid" for model in KINDS.values())


@pytest.mark.parametrize("action", [Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE])
async def test_a_page_is_delivered_in_one_try_with_a_reference(far: FarEnd, tools: Tools, action: Action) -> None:
    receipt = await far.channel.deliver(to_somebody(far.channel, action), tools)
    assert receipt.reference
    assert len(far.took) == ((far.channel.kind, action) not in UNTOLD)


@pytest.mark.parametrize(
    ("cue", "kind", "reason", "unknown"),
    [
        (Cue.SLOW_DOWN, Undelivered, Reason.RATE_LIMITED, False),
        (Cue.REFUSE, Undeliverable, Reason.CLIENT, None),
        (Cue.REFUSE_KEY, Undeliverable, Reason.AUTH, None),
        (Cue.FAIL, Undelivered, Reason.SERVER, None),
        (Cue.HANG, Undelivered, Reason.TIMEOUT, True),
        (Cue.HANG_UP, Undelivered, Reason.OTHER, True),
        (Cue.GONE, Undelivered, Reason.OTHER, False),
    ],
)
async def test_each_failure_is_of_the_right_class_tried_once_and_tells_no_secret(
    far: FarEnd, tools: Tools, cue: Cue, kind: type[DeliveryError], reason: Reason, unknown: bool | None
) -> None:
    far.cue = cue
    channel = await nobody_listens(far.channel) if cue is Cue.GONE else far.channel
    with pytest.raises(DeliveryError) as caught:
        await channel.deliver(to_somebody(channel), tools)
    error = caught.value
    assert (type(error), error.reason) == (kind, reason)
    if isinstance(error, Undelivered) and unknown is not None:
        assert error.unknown is unknown
    assert len(far.took) <= 1
    said = "".join(traceback.format_exception(error, chain=True)) + repr(error) + repr(channel)
    assert not [secret for secret in (*SECRETS, SIGNING_SECRET) if secret in said]
    assert "\n" not in str(error)


async def test_a_wish_to_wait_is_passed_on_where_the_far_end_has_a_way_to_say_it(far: FarEnd, tools: Tools) -> None:
    far.cue = Cue.SLOW_DOWN
    with pytest.raises(Undelivered) as caught:
        await far.channel.deliver(to_somebody(far.channel), tools)
    assert caught.value.retry_after == (None if far.channel.kind == "email" else timedelta(seconds=9))


async def test_what_a_vendor_wrote_breaks_nothing(far: FarEnd, tools: Tools) -> None:
    wild = "a\r\nBcc: x@example.com\x00\x1b[31m\u202e日本\U0001f600" * 50
    hostile = to_somebody(far.channel)
    said = hostile.content
    label = "" if hostile.record else wild
    hostile = replace(
        hostile,
        content=type(said)(
            summary=wild, severity="critical", source=wild, component=wild, facts=((label, wild * 20),), since=MONDAY
        ),
    )
    await far.channel.deliver(hostile, tools)
    assert len(far.took) == 1


async def test_capabilities_are_honest(far: FarEnd, tools: Tools) -> None:
    outlet = outlets({"it": far.channel})["it"]
    assert outlet.address in ("", *Contact.model_fields)
    if outlet.reads_back:
        assert hasattr(far.channel, "arrived")
    if hasattr(far.channel, "poll") and not outlet.reads_back:
        assert await far.channel.poll([Watched(dedup_key="k")], tools) == []
    if isinstance(far.channel, HearsWebhooks):
        with pytest.raises(WebhookError):
            far.channel.replies({}, b"{}", MONDAY)
    if isinstance(far.channel, HearsSignals):
        with pytest.raises(WebhookError):
            far.channel.signal({}, {}, b"{}")
