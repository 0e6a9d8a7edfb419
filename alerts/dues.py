"""Steps of the clock and of delivery: a deadline has passed, a page was sent, confirmed or lost."""

from __future__ import annotations

from alerts import events as ev
from alerts.climbing import STEP_TIMERS, arm, climb, fall_back, page_again, since_given_back
from alerts.draft import Draft, Refused
from alerts.escalation import ClockOwner, State, TimerKind
from alerts.page import Action
from alerts.records import keep, not_kept


def acknowledgement_due(draft: Draft, event: ev.AcknowledgementDue) -> None:
    lane = draft.escalation.lane(event.lane)
    if lane is None or lane.steps != event.sequence or lane.acknowledged_by:
        raise Refused("the lane has moved on since")
    if lane.climb_due is not None and lane.climb_due <= draft.now:
        raise Refused("the next level is due as well, and one step is enough")
    draft.change_lane(lane.name, acknowledge_due=None)
    draft.occasion = f"nobody acknowledged level {lane.level} of {lane.name} in the time promised{since_given_back(draft)}"
    draft.say("acknowledgement.missed", f"nobody acknowledged level {lane.level} of {lane.name}: paged again")
    page_again(draft, lane.name)
    if lane.climb_due is None:
        arm(draft, lane.name)


def next_level_due(draft: Draft, event: ev.NextLevelDue) -> None:
    lane = draft.escalation.lane(event.lane)
    if lane is None or lane.steps != event.sequence or lane.acknowledged_by:
        raise Refused("the lane has moved on since")
    climb(draft, lane.name)


def page_sent(draft: Draft, event: ev.PageSent) -> None:
    page, outlet = event.page, draft.desk.outlets.get(event.page.channel)
    if page.record is not None:
        keep(draft, page, event.reference, event.url)
        return
    draft.say("page.sent", f"{page.action} to {page.contact or page.channel} through {page.channel}")
    watched = page.action is Action.TRIGGER and page.generation == draft.escalation.generation
    if watched and outlet is not None and outlet.climbs and outlet.reads_back and draft.escalation.state is State.OPEN:
        draft.start_whole(TimerKind.CONFIRM_PAGE, draft.now + draft.desk.read_back_after, subject=page.lane)


def page_confirmed(draft: Draft, event: ev.PageConfirmed) -> None:
    page, lane = event.page, draft.escalation.lane(event.page.lane)
    if lane is None or page.generation != draft.escalation.generation:
        raise Refused("it is about an earlier generation")
    draft.say("page.confirmed", f"{page.channel} has an incident for {page.dedup_key}")
    draft.change_lane(lane.name, failed=tuple(name for name in lane.failed if name != page.channel))
    outlet = draft.desk.outlets.get(page.channel)
    if lane.vendor_clock and outlet is not None and outlet.climbs:
        draft.stop(*STEP_TIMERS, subject=lane.name)
        draft.change_lane(lane.name, clock=ClockOwner.PAGERDUTY, vendor_clock=False, acknowledge_due=None, climb_due=None)
        draft.say("clock.returned", f"{page.channel} climbs lane {lane.name} again")


def page_failed(draft: Draft, event: ev.PageFailed) -> None:
    page, lane = event.page, draft.escalation.lane(event.page.lane)
    if page.record is not None:
        not_kept(draft, page, event.because)
        return
    if page.generation != draft.escalation.generation or lane is None:
        raise Refused("it is about an earlier generation")
    draft.say("page.failed", f"{page.action} through {page.channel}: {event.because}")
    if page.action is Action.TRIGGER and not lane.acknowledged_by and draft.escalation.snooze is None:
        fall_back(draft, lane.name, page.channel, filter(None, page.contact.split(", ")), event.because)


def noted(draft: Draft, event: ev.PageSent | ev.PageConfirmed | ev.PageFailed) -> None:
    """Nobody waits for this page any more; how it ended is still told."""
    if event.page.record is not None and isinstance(event, ev.PageSent):
        keep(draft, event.page, event.reference, event.url)
        return
    because = f": {event.because}" if isinstance(event, ev.PageFailed) else ""
    draft.say(f"page.{type(event).__name__[4:].lower()}", f"{event.page.action} through {event.page.channel}{because}")
