"""An escalation lived through in Slack: a thread in the channel, a direct message to who is on call, what they press."""

from __future__ import annotations

import pytest

from monitor.demo.serve import serve
from monitor.demo.slack import Slack
from monitor.demo.slack_message import Message, interaction
from tests.acceptance.test_people import drifting
from tests.acceptance.world import World

pytestmark = pytest.mark.acceptance

TOKEN, SIGNING = "xoxb-stand-in", "stand-in-signing-secret"
CHANNELS = """
          ops: {{channel: C0OPS, {spoken}}}
          people: {{direct: true, {spoken}}}
"""
SPOKEN = 'kind: slack, token: "env:SLACK", signing_secrets: ["env:SLACK_SIGNING"], private: true, base_url: "{url}/api"'
MATRIX = """
contacts: {ana: {slack: U1, email: ana@example.com}}
lanes: {sync: {clock: driftpager, channels: [people, pagerduty], levels: [{contact: ana}]}}
rules: [{lanes: [sync]}]
last_resort: ana
"""


async def test_what_is_pressed_in_slack_moves_the_escalation_and_the_thread_follows(quick: World) -> None:
    slack = Slack(token=TOKEN, clock=quick.clock)
    quick.environ |= {"SLACK": TOKEN, "SLACK_SIGNING": SIGNING}
    async with (
        serve(slack.app) as url,
        drifting(quick, matrix=MATRIX, pagerduty=CHANNELS.format(spoken=SPOKEN.format(url=url))),
    ):
        slack.interactivity = (f"{quick.web}/hooks/ops", SIGNING)
        await quick.until(lambda: bool(slack.top() and slack.top("D1")), "the channel and ana know of it")
        (thread,), (direct,) = slack.top(), slack.top("D1")
        old = direct.buttons["driftpager.resolve"]

        def says(message: Message, text: str) -> bool:
            return any(text in str(block) for block in message.blocks)

        assert await slack.press(thread, "driftpager.acknowledge", by="U2") == 200
        await quick.until(lambda: any("no contact" in each.text for each in slack.thread(thread)), "ben is told")
        assert says(thread, "nobody has it yet")

        slack.interactivity = (f"{quick.web}/hooks/people", SIGNING)
        assert await slack.press(direct, "driftpager.acknowledge") == 200
        await quick.until(lambda: says(thread, "*acknowledged* · with ana"), "the message says who has it")
        assert "driftpager.take_over" in thread.buttons

        slack.interactivity = (f"{quick.web}/hooks/ops", SIGNING)
        assert await slack.press(thread, "driftpager.snooze", option=2) == 200
        assert await slack.press(thread, "driftpager.accept") == 200
        await quick.until_escalation("resolved")
        await quick.until(lambda: says(thread, "*resolved*") and "accepted" in slack.thread(thread)[-1].text, "it ended there")
        assert [each for each in thread.buttons if "open" not in each] == []
        assert slack.top() == [thread]

        pressed = interaction(direct, old, "U1", "ana", f"{quick.clock.now().timestamp():.6f}")
        assert await slack.announce(pressed) == 200
        assert await slack.announce(pressed, secret="forged") == 401
        assert await slack.announce(pressed, stamp=str(int(quick.clock.now().timestamp()) - 301)) == 401
        assert [answer for status, answer in slack.pressed if status == 200] == [b""] * 5
        (escalation,) = await quick.escalations()
        assert (escalation.resolution, escalation.acknowledged_by) == ("baseline accepted: accepted in Slack", "ana")
        told = [line for each in slack.thread(thread) for line in each.text.splitlines()]
        assert [line.partition(":")[0] for line in told] == ["ben", "ana", "ana", "ana"]
        assert slack.mistakes == []
