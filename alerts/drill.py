"""Steps that end practice: its time is up, or everybody who is asked for an answer has given one."""

from __future__ import annotations

from alerts import events as ev
from alerts.closing import close
from alerts.draft import Draft
from alerts.escalation import WORKED, Ending, Ends, Mode


def drill_over(draft: Draft, event: ev.DrillOver) -> None:
    close(draft, Ending.PRACTICE, by="", resolution="the practice is over: its time is up")


def end_when_answered(draft: Draft) -> None:
    """After any event: practice that is about the answer alone ends with the last one. Lanes that only inform ask for none."""
    drill, lanes = draft.escalation.drill, draft.escalation.lanes
    if drill is None or drill.ends is not Ends.ACKNOWLEDGED or draft.escalation.state not in WORKED:
        return
    asked = [lane for lane in lanes if lane.mode is not Mode.INFORM]
    if asked and all(lane.acknowledged_by for lane in asked):
        close(draft, Ending.PRACTICE, by="", resolution="the practice is over: everybody has answered")
