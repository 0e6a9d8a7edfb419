"""Promises to customers: by when each hears the next word, and what became of it. Pure; the length is that of one life.

A promise is a row with an absolute due time. It begins as a draft; a person approves it (or the customer opted in to automatic
updates, and a person declared the impact), it leaves through the customer's channel as an ordinary page, and is `kept` or
`late` when the channel took it, `missed` when the time for it passed a second time. One follows the other until it is over.
Every function gives a `Plan` to store in the transaction of what led to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from alerts import events as ev
from alerts import updates
from alerts.customer import Customer
from alerts.delays import Delay
from alerts.desk import Desk
from alerts.draft import Refused
from alerts.escalation import WORKED, Commitment, Ending, Escalation, Sla, State
from alerts.keys import DedupKey, page_id, page_key
from alerts.ledger import Ledger
from alerts.page import Action, Content, Page, Record, Why
from alerts.promise import LANE, Plan, Promise, Standing, missed_at
from alerts.sla import SHORT, commitment, reached
from alerts.wording import clean, reasons, when

_STATES = {"opened": "acknowledged", "progress": "acknowledged", "mitigated": "mitigating", "resolved": "resolved"}
AUTOMATIC = "driftpager (automatic)"
LAST_WITHIN = Delay(elapsed=timedelta(days=1))
"""How long the last update may take where no cadence says so."""


def follow(before: Escalation, after: Escalation, promises: Sequence[Promise], desk: Desk) -> Plan:
    """After anything that happened to an escalation. `promises` are all there ever were about it."""
    ledger = Ledger(after, promises, desk)
    if after.practice:
        return Plan()
    for waiting in ledger.open():
        if waiting.customer in set(before.customers) - set(after.customers) and waiting.standing is Standing.DRAFT:
            _dropped(ledger, waiting, "they are not affected after all", "")
    if after.state in WORKED:
        _opened(ledger, before)
    elif before.state in WORKED and after.ending is Ending.ACCEPTED:
        ledger.rearm = True  # paging is over, and its timers with it; what customers were promised is not
    elif before.state in WORKED or after.ending is not before.ending:
        _finish(ledger)
    return ledger.plan()


def moment_passed(escalation: Escalation, promises: Sequence[Promise], desk: Desk) -> Plan:
    """Its timer is due: tell of the shares of time that have passed, send what may go by itself, give up what was missed."""
    ledger = Ledger(escalation, promises, desk)
    ledger.rearm = True
    crossed: dict[int, list[Promise]] = {}
    for waiting in ledger.open():
        percent = reached(waiting.due, desk.now)
        by_itself = waiting.standing is Standing.DRAFT and percent >= SHORT and _sends_itself(ledger, waiting)
        promise = _leave(ledger, waiting, AUTOMATIC) if by_itself else waiting
        if promise.standing is Standing.DRAFT and desk.now >= missed_at(promise):
            _missed(ledger, promise)
        elif percent > promise.due.crossed:
            ledger.put(replace(promise, due=replace(promise.due, crossed=percent)))
            crossed.setdefault(percent, []).append(promise)
    for percent, late in sorted(crossed.items()):
        names = tuple(each.customer for each in late)
        ledger.events.append(ev.UpdatesDue(customers=names, percent=percent, due_at=min(each.due.due_at for each in late)))
    return ledger.plan()


def approve(promise: Promise, escalation: Escalation, promises: Sequence[Promise], desk: Desk, by: str) -> Plan:
    """A person approves the draft as it stands: it leaves at once. Raises `Refused` where it cannot."""
    _must_be_draft(promise)
    ledger = Ledger(escalation, promises, desk)
    _leave(ledger, promise, by)
    return ledger.plan()


def edit(promise: Promise, text: str, by: str) -> Promise:
    """A person writes it; the template is not asked any more. Raises `Refused`."""
    _must_be_draft(promise)
    written = updates.plain(text)
    if not written:
        raise Refused("the text is empty")
    return replace(promise, text=written, written_by=by)


def told_by_hand(promise: Promise, escalation: Escalation, promises: Sequence[Promise], desk: Desk, by: str, how: str) -> Plan:
    """A person told the customer another way. Raises `Refused`."""
    _must_be_draft(promise)
    ledger = Ledger(escalation, promises, desk)
    following = None if _over(escalation) else _cadence(ledger, promise.customer)
    _settled(ledger, replace(promise, approved_by=by, approved_at=desk.now, next=following), f"by hand: {how}", by)
    return ledger.plan()


def drop(promise: Promise, escalation: Escalation, promises: Sequence[Promise], desk: Desk, by: str, because: str) -> Plan:
    """This customer need not hear of it any more. Raises `Refused`."""
    _must_be_draft(promise)
    ledger = Ledger(escalation, promises, desk)
    _dropped(ledger, promise, because, by)
    return ledger.plan()


def delivered(promise: Promise, escalation: Escalation, promises: Sequence[Promise], desk: Desk, channel: str) -> Plan:
    """The channel took it."""
    ledger = Ledger(escalation, promises, desk)
    if promise.standing is Standing.LEAVING:
        _settled(ledger, promise, f"through {channel}", promise.approved_by)
    return ledger.plan()


def undelivered(promise: Promise, escalation: Escalation, promises: Sequence[Promise], desk: Desk, because: str) -> Plan:
    """The channel will not take it: it is a draft again, and its clock runs on."""
    ledger = Ledger(escalation, promises, desk)
    if promise.standing is Standing.LEAVING:
        ledger.put(replace(promise, standing=Standing.DRAFT, approved_by="", approved_at=None, next=None, because=because))
        ledger.say("promise.undelivered", f"{_name(promise)} was not told: {because}")
    return ledger.plan()


def text_of(promise: Promise, escalation: Escalation, desk: Desk) -> tuple[str, str]:
    """(subject, text) as the customer reads it, or would read it if it left now."""
    customer = desk.customers.get(promise.customer) or Customer(name=promise.customer)
    last = _over(escalation)
    subject = updates.subject(desk.texts, desk.about, escalation, customer, promise.sequence, final=last)
    if promise.standing is not Standing.DRAFT:
        return subject, promise.text
    written = promise.text or updates.body(desk.texts, desk.about, escalation, customer, promise.sequence, final=last)
    following = None if last else _cadence(Ledger(escalation, (), desk), promise.customer)
    return subject, updates.with_next(written, following.due_at if following else None, customer.zone)


def _opened(ledger: Ledger, before: Escalation) -> None:
    """Each affected customer of the configuration is owed the first word; what is owed comes nearer where it is more urgent."""
    after, waiting = ledger.escalation, {promise.customer: promise for promise in ledger.open()}
    fresh = before.state not in WORKED
    for name in after.customers:
        promise = waiting.get(name)
        if promise is None:
            due = _cadence(ledger, name) if (fresh or name not in before.customers) and name in ledger.desk.customers else None
            if due is not None:
                ledger.add(name, due)
        elif promise.final and fresh:  # it is open again before its end was told
            due = _cadence(ledger, name)
            ledger.put(replace(promise, final=False, due=_earlier(promise.due, due)))
        elif after.priority < before.priority:
            nearer = _earlier(promise.due, _cadence(ledger, name))
            if nearer != promise.due:
                ledger.put(replace(promise, due=nearer))
    if after.impact and not before.impact:
        for promise in ledger.open():
            if promise.standing is Standing.DRAFT and _sends_itself(ledger, promise):
                _leave(ledger, promise, AUTOMATIC)


def _earlier(known: Commitment, offered: Commitment | None) -> Commitment:
    return offered if offered is not None and offered.due_at < known.due_at else known


def _finish(ledger: Ledger) -> None:
    """The last update: what is owed becomes it, or a new one does. Nobody hears of what went before anybody was told."""
    it, now = ledger.escalation, ledger.desk.now
    waiting = {promise.customer: promise for promise in ledger.open()}
    told = {promise.customer for promise in ledger.all.values() if promise.standing in (Standing.KEPT, Standing.LATE)}
    silent = it.ending is Ending.REVERTED and it.first_acknowledged_at is None
    for name in dict.fromkeys((*it.customers, *waiting)):
        promise = waiting.get(name)
        if promise is not None and promise.standing is Standing.LEAVING:
            continue  # the last one follows when it has arrived
        if silent and name not in told:
            if promise is not None:
                _dropped(ledger, promise, "the vendor took it back before anybody was told", "")
            continue
        if promise is not None and promise.due.due_at >= now:
            promise = replace(promise, final=True)
            ledger.put(promise)
        elif promise is not None or (name in ledger.desk.customers and not _dropped_out(ledger, name)):
            if promise is not None:
                _settle(ledger, promise, Standing.MISSED, "it is over", "")
            promise = ledger.add(name, _last_due(ledger), final=True)
        if promise is not None and _sends_itself(ledger, promise):
            _leave(ledger, promise, AUTOMATIC)


def _dropped_out(ledger: Ledger, customer: str) -> bool:
    """Whether a customer was taken off, and hears no more of it."""
    theirs = [promise for promise in ledger.all.values() if promise.customer == customer]
    return bool(theirs) and max(theirs, key=lambda each: each.sequence).standing is Standing.DROPPED


def _cadence(ledger: Ledger, name: str) -> Commitment | None:
    """The next update, counted from now: the earlier of what the matrix and the contract say. None: only at the end."""
    it, desk = ledger.escalation, ledger.desk
    customer = desk.customers.get(name)
    wanted = [(str(it.priority), desk.matrix.pace(it.priority).update)]
    if customer is not None:
        wanted.append((f"the contract of {clean(name, 120)}", customer.terms.update))
    found = [
        commitment(desk, it.primary, Sla.UPDATE, delay, f"{whose}: every {delay}") for whose, delay in wanted if delay is not None
    ]
    return min(found, key=lambda each: each.due_at, default=None)


def _last_due(ledger: Ledger) -> Commitment:
    return commitment(ledger.desk, ledger.escalation.primary, Sla.UPDATE, LAST_WITHIN, f"at the end, within {LAST_WITHIN}")


def _over(escalation: Escalation) -> bool:
    """Whether it is over for customers: what was only accepted by us goes on for them."""
    return escalation.state in (State.RESOLVED, State.REVIEWED) and escalation.ending is not Ending.ACCEPTED


def _sends_itself(ledger: Ledger, promise: Promise) -> bool:
    """Only where the customer opted in, and a person took the escalation and declared what it means for customers."""
    customer, it = ledger.desk.customers.get(promise.customer), ledger.escalation
    return bool(
        customer and customer.automatic and customer.channel and it.impact_by and it.first_acknowledged_at and not promise.tries
    )


def _leave(ledger: Ledger, promise: Promise, by: str) -> Promise:
    it, desk = ledger.escalation, ledger.desk
    customer = desk.customers.get(promise.customer)
    if customer is None:
        raise Refused(f"the configuration no longer has a customer {promise.customer!r}; tell them by hand")
    outlet = desk.outlets.get(customer.channel)
    if outlet is None or outlet.climbs:
        raise Refused(f"no channel leads to {promise.customer!r}; give them one, or tell them by hand")
    last = _over(it)
    following = None if last else _cadence(ledger, promise.customer)
    subject, text = text_of(promise, it, desk)
    key = str(DedupKey(environment=it.environment, escalation=it.id, generation=it.generation, lane=promise.id))
    recipient = customer.contact if outlet.address or outlet.keeps_records else ""
    kept, vendor = it.record(outlet.name, promise.customer), clean(desk.about.known_as or desk.about.vendor, 80)
    once = page_key(key, outlet.name, recipient, Action.NOTE, promise.tries)
    ledger.queue(
        Page(
            id=page_id(once),
            key=once,
            escalation=it.id,
            generation=it.generation,
            lane=LANE,
            level=0,
            priority=int(it.priority),
            action=Action.NOTE,
            channel=outlet.name,
            contact=customer.name,
            recipient=recipient,
            dedup_key=key,
            order_key=f"{it.id}|{outlet.name}|{recipient}|{promise.customer}",
            content=Content(summary=subject, severity="info", source=vendor, facts=(("", text),)),
            created_at=desk.now,
            why=Why(
                priority=reasons(it),
                you=f"{clean(customer.name, 120)} is affected, and is told through {outlet.name}",
                now=f"update {promise.sequence}, owed until {when(promise.due.due_at)}, approved by {by}",
            ),
            record=Record(
                state=_STATES[updates.stage_of(it, promise.sequence, final=last)],
                subject=promise.customer,
                reference=kept.reference if kept else "",
                news=(text,),
            ),
        )
    )
    leaving = replace(
        promise,
        standing=Standing.LEAVING,
        text=text,
        approved_by=by,
        approved_at=desk.now,
        next=following,
        final=last,
        tries=promise.tries + 1,
        because="",
    )
    ledger.put(leaving)
    ledger.say("promise.approved", f"update {promise.sequence} to {_name(promise)} leaves through {outlet.name}", by)
    return leaving


def _settled(ledger: Ledger, promise: Promise, how: str, by: str) -> None:
    """The customer was told; the next promise begins with it."""
    on_time = ledger.desk.now <= promise.due.due_at
    _settle(ledger, promise, Standing.KEPT if on_time else Standing.LATE, how, by)
    following = promise.next
    if _over(ledger.escalation):
        if following is not None:  # it ended while this one was on its way
            last = ledger.add(promise.customer, _last_due(ledger), final=True)
            if _sends_itself(ledger, last):
                _leave(ledger, last, AUTOMATIC)
    elif following := following or _cadence(ledger, promise.customer):
        ledger.add(promise.customer, following)


def _missed(ledger: Ledger, promise: Promise) -> None:
    _settle(ledger, promise, Standing.MISSED, "nobody sent it", "")
    following = None if _over(ledger.escalation) else _cadence(ledger, promise.customer)
    if following is not None:
        ledger.add(promise.customer, following)


def _settle(ledger: Ledger, promise: Promise, standing: Standing, how: str, by: str) -> None:
    now = ledger.desk.now
    due = replace(promise.due, met_at=now if standing is not Standing.MISSED else None)
    ledger.put(replace(promise, standing=standing, settled_at=now, due=due, because=how))
    ledger.say(f"promise.{standing}", f"update {promise.sequence} to {_name(promise)}, due {when(promise.due.due_at)}: {how}", by)


def _dropped(ledger: Ledger, promise: Promise, because: str, by: str) -> None:
    ledger.put(replace(promise, standing=Standing.DROPPED, settled_at=ledger.desk.now, because=because))
    ledger.say("promise.dropped", f"{_name(promise)} need not be told: {because}", by)


def _must_be_draft(promise: Promise) -> None:
    if promise.standing is not Standing.DRAFT:
        raise Refused(f"update {promise.id} is {promise.standing}")


def _name(promise: Promise) -> str:
    return clean(promise.customer, 120)
