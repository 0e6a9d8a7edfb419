"""What customers are promised: the next word by an absolute time, said by a person, kept, late or missed, and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import events as ev
from alerts import promises
from alerts.customer import Customer, Terms
from alerts.delays import parse_delay
from alerts.desk import Desk
from alerts.draft import Refused
from alerts.escalation import WORKED, Ending, Escalation, State, Timer, TimerKind
from alerts.layout import as_text
from alerts.page import Action, Page
from alerts.priority import Factor, Priority
from alerts.promise import OPEN, SETTLED, Plan, Promise, Standing, promise_id, promise_of
from alerts.updates import LONGEST, PLACEHOLDERS, Texts, body, local, plain, subject, with_next, wrong_in
from tests.alerts.stories import ABOUT, MONDAY, Story, cause, desk, matrix, sighting
from tests.examples import examples

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OPENED = MONDAY + MINUTE
ACME = Customer(name="ACME", zone="Asia/Tokyo", contact="ops@acme.example", channel="email")
GLOBEX = Customer(name="Globex", contact="it@globex.example", channel="email", automatic=True)
INITECH = Customer(name="Initech", zone="America/New_York", terms=Terms(update=parse_delay("30m")))
HOSTILE = "Bobby\r\nBcc: all@example.com $impact ${id} {0.__class__} <b>"


@dataclass
class Company:
    """An escalation with what its customers are owed, as the store would keep both, and a channel that takes at once."""

    story: Story
    owed: dict[str, Promise] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    timer: Timer | None = None
    taken: bool = True

    @classmethod
    def opened(cls, *customers: Customer, priority: Priority = Priority.P1, texts: Texts | None = None) -> Company:
        at = replace(
            desk(by=matrix(channel="email", priorities={str(priority): {"ack_expiry": "9d"}})),
            customers={each.name: each for each in customers},
            texts=texts or Texts(),
        )
        names = tuple(each.name for each in customers)
        it = cls(Story.begin(sighting(priority, customers=names), at))
        it.happens(ev.Confirmed(), MINUTE)
        return it

    @property
    def it(self) -> Escalation:
        return self.story.escalation

    @property
    def desk(self) -> Desk:
        return self.story.desk

    def happens(self, event: ev.Event, after: timedelta = timedelta()) -> str:
        before = self.it
        outcome = self.story.happens(event, after)
        if not outcome.refused:
            if any(kind is TimerKind.PROMISE for kind, _ in outcome.cancel):
                self.timer = None
            self.keep(promises.follow(before, self.it, list(self.owed.values()), self.desk))
        return outcome.refused

    def keep(self, plan: Plan) -> None:
        self.owed |= {promise.id: promise for promise in plan.promises}
        if plan.cancel:
            self.timer = None
        for timer in plan.arm:
            assert timer.due_at >= self.desk.now
            self.timer = timer
        self.told += [entry.kind for entry in plan.entries]
        self.pages += plan.pages
        for event in plan.events:
            self.happens(event)
        for page in plan.pages if self.taken else ():
            self.arrives(page)

    def arrives(self, page: Page) -> None:
        name = promise_of(page)
        assert name is not None
        self.keep(promises.delivered(self.owed[name], self.it, list(self.owed.values()), self.desk, page.channel))

    def passes(self, how_long: timedelta) -> None:
        until = self.desk.now + how_long
        while self.timer is not None and self.timer.due_at <= until:
            due_at, self.timer = self.timer.due_at, None
            self.story.desk = replace(self.desk, now=max(due_at, self.desk.now))
            self.keep(promises.moment_passed(self.it, list(self.owed.values()), self.desk))
        self.story.desk = replace(self.desk, now=until)

    def draft(self, customer: str) -> Promise:
        (found,) = [each for each in self.owed.values() if each.customer == customer and each.standing in OPEN]
        return found

    def approve(self, customer: str, by: str = "ana") -> None:
        self.keep(promises.approve(self.draft(customer), self.it, list(self.owed.values()), self.desk, by))

    def acknowledged(self) -> Company:
        self.happens(ev.Acknowledged(by="ana", via="cli", generation=self.it.generation, at=self.desk.now))
        return self

    def standings(self, customer: str) -> list[Standing]:
        theirs = sorted((p for p in self.owed.values() if p.customer == customer), key=lambda promise: promise.sequence)
        return [promise.standing for promise in theirs]


def text(page: Page) -> str:
    return as_text(page)


def test_each_affected_customer_is_owed_the_next_word_by_an_absolute_time_and_nothing_is_sent_by_itself() -> None:
    it = Company.opened(ACME, INITECH)
    assert {each.customer: each.due.due_at for each in it.owed.values()} == {
        "ACME": OPENED + 2 * HOUR,
        "Initech": OPENED + HOUR / 2,
    }
    it.acknowledged().passes(90 * MINUTE)
    assert it.pages == []


def test_a_draft_that_a_person_approves_leaves_through_the_customers_channel_and_names_the_next_promise_in_their_zone() -> None:
    it = Company.opened(ACME)
    it.passes(HOUR)
    it.approve("ACME")
    (page,) = it.pages
    assert (page.channel, page.recipient, page.action, page.contact) == ("email", "ops@acme.example", Action.NOTE, "ACME")
    assert page.content.summary == "Salesforce production: escalated to engineering (reference e1, update 1)"
    assert "Next update by Mon 23 Nov 2026, 22:01 JST (Asia/Tokyo)." in text(page)
    assert it.standings("ACME") == [Standing.KEPT, Standing.DRAFT]
    assert it.draft("ACME").due.due_at == OPENED + HOUR + 2 * HOUR


def test_nothing_of_ours_is_in_what_a_customer_reads() -> None:
    it = Company.opened(ACME)
    it.approve("ACME")
    said = text(it.pages[0])
    ours = ("Account.Industry", "wiki.example.com", "org 00D1", "sync", "ben", "drift.example.com", "property.removed")
    assert [word for word in ours if word in said] == []


def test_approved_after_its_time_it_is_late_and_never_sent_it_is_missed_and_the_next_is_owed() -> None:
    it = Company.opened(ACME)
    it.passes(2 * HOUR + MINUTE)
    it.approve("ACME")
    it.passes(4 * HOUR + MINUTE)
    assert it.standings("ACME") == [Standing.LATE, Standing.MISSED, Standing.DRAFT]
    assert it.told.count("promise.missed") == 1


def test_what_is_late_is_told_at_ninety_percent_and_climbs_at_the_end() -> None:
    it = Company.opened(ACME, INITECH).acknowledged()
    rung = len(it.story.sent())
    it.passes(27 * MINUTE)
    assert it.story.kinds()[-1] == "sla.update.90"
    assert "Initech" in it.story.entries[-1].text
    assert len(it.story.sent()) == rung
    it.passes(3 * MINUTE)
    assert "sla.update.100" in it.story.kinds()
    assert len(it.story.sent()) == rung + 1


def test_five_hundred_customers_who_are_due_together_climb_once() -> None:
    many = [replace(ACME, name=f"Customer {number}") for number in range(500)]
    it = Company.opened(*many).acknowledged()
    rung, pages = len(it.story.sent()), len(it.story.pages)
    it.passes(2 * HOUR)
    assert len(it.story.sent()) == rung + 1
    assert len(it.story.pages) < pages + 10
    assert [entry.text for entry in it.story.entries if entry.kind == "sla.update.100"] == [
        "all of the time to tell Customer 0, Customer 1, Customer 2, Customer 3, Customer 4 and 495 more, "
        f"due {OPENED + 2 * HOUR:%Y-%m-%d %H:%M} UTC"
    ]


def test_after_downtime_what_was_missed_is_reported_once() -> None:
    it = Company.opened(ACME).acknowledged()
    it.timer = replace(it.timer, due_at=it.desk.now + 11 * HOUR) if it.timer else None
    it.passes(11 * HOUR)
    assert it.standings("ACME") == [Standing.MISSED, Standing.DRAFT]
    assert it.draft("ACME").due.due_at == it.desk.now + 2 * HOUR


def test_opting_in_is_not_enough_a_person_must_have_it_and_say_what_it_means() -> None:
    it = Company.opened(GLOBEX)
    assert it.happens(ev.ImpactDeclared(by="ana", impact="Orders are not synced.")) != ""
    it.acknowledged().passes(110 * MINUTE)
    assert it.pages == []
    it.happens(ev.ImpactDeclared(by="mallory", impact="Click here"))
    assert it.pages == []
    it.happens(ev.ImpactDeclared(by="ana", impact="Orders are not synced."))
    assert "Orders are not synced." in text(it.pages[0])
    assert it.standings("Globex") == [Standing.KEPT, Standing.DRAFT]
    it.passes(3 * HOUR)
    assert len(it.pages) == 3
    assert it.standings("Globex") == [Standing.KEPT] * 3 + [Standing.DRAFT]


def test_the_end_is_told_last_by_whoever_may_say_it() -> None:
    it = Company.opened(ACME, GLOBEX).acknowledged()
    it.happens(ev.ImpactDeclared(by="ana", impact="Orders are not synced."))
    it.happens(ev.ResolvedBy(by="ana", because="internal words"), HOUR)
    assert it.standings("Globex") == [Standing.KEPT, Standing.KEPT]
    assert "This is the last update about it." in text(it.pages[-1])
    assert "internal words" not in text(it.pages[-1])
    assert (it.draft("ACME").final, it.draft("ACME").due.due_at) == (True, OPENED + 2 * HOUR)
    it.approve("ACME")
    assert "is over" in text(it.pages[-1])
    assert (it.standings("ACME"), it.timer) == ([Standing.KEPT], None)


def test_an_end_before_anybody_acted_or_was_told_is_told_to_nobody() -> None:
    it = Company.opened(ACME)
    it.happens(ev.CleanTwice(), 5 * MINUTE)
    assert (it.standings("ACME"), it.timer) == ([Standing.DROPPED], None)


def test_without_a_cadence_customers_hear_at_the_end_only() -> None:
    it = Company.opened(ACME, priority=Priority.P3)
    low = Company.opened(replace(ACME, terms=Terms()), priority=Priority.P4)
    assert (len(it.owed), low.owed) == (1, {})
    at = replace(low.desk, matrix=matrix(channel="email", paging_floor="P4"))
    quiet = Company(Story.begin(sighting(Priority.P4, customers=("ACME",)), at))
    quiet.happens(ev.Confirmed(), MINUTE)
    assert quiet.owed == {}
    quiet.happens(ev.ResolvedBy(by="ana", because="done"), HOUR)
    assert quiet.draft("ACME").due.due_at == quiet.desk.now + timedelta(days=1)


def test_accepting_a_baseline_ends_the_paging_and_not_the_promises() -> None:
    it = Company.opened(ACME).acknowledged()
    it.happens(ev.BaselineAccepted(by="ana", because="until the vendor brings it back"), HOUR)
    assert (it.it.state, it.it.ending) == (State.RESOLVED, Ending.ACCEPTED)
    assert not it.draft("ACME").final
    it.passes(30 * MINUTE)
    it.approve("ACME")
    assert "Next update by" in text(it.pages[-1])
    rung = len(it.story.sent())
    it.passes(3 * HOUR)
    assert it.story.kinds()[-1] == "sla.update.100"
    assert len(it.story.sent()) == rung
    assert it.story.pages[-1].action is Action.NOTE
    assert it.happens(ev.Adapted(by="ana", because="we map the field")) == ""
    assert it.standings("ACME") == [Standing.KEPT, Standing.MISSED, Standing.DRAFT]
    assert it.draft("ACME").final


def test_accepted_because_our_side_copes_customers_hear_that_it_is_over() -> None:
    it = Company.opened(ACME).acknowledged()
    it.happens(ev.BaselineAccepted(by="ana", because="adapted", adapted=True), HOUR)
    assert it.draft("ACME").final
    assert it.happens(ev.Adapted(by="ana", because="again")) != ""


def test_raised_what_is_owed_comes_nearer_and_lowered_it_stays() -> None:
    it = Company.opened(ACME, priority=Priority.P2)
    factors = (Factor(name="customers", because="6 customers", priority=Priority.P1),)
    it.happens(ev.PriorityRaised(priority=Priority.P1, factors=factors), HOUR)
    assert it.draft("ACME").due.due_at == OPENED + 3 * HOUR
    it.happens(ev.PriorityLowered(by="ana", priority=Priority.P3, because="only a few"))
    assert it.draft("ACME").due.due_at == OPENED + 3 * HOUR


def test_a_customer_who_is_affected_later_is_owed_from_then_on() -> None:
    it = Company.opened(ACME)
    it.story.desk = replace(it.desk, customers={**it.desk.customers, "Globex": GLOBEX})
    joined = ev.CausesJoined(causes=(cause("c2"),), customers=("Globex",), priority=Priority.P1, factors=())
    it.happens(joined, HOUR)
    assert it.draft("Globex").due.due_at == OPENED + 3 * HOUR


def test_what_the_channel_refuses_is_a_draft_again_and_its_clock_runs_on() -> None:
    it = Company.opened(ACME)
    it.taken = False
    it.approve("ACME")
    assert it.draft("ACME").standing is Standing.LEAVING
    with pytest.raises(Refused, match="is leaving"):
        it.approve("ACME")
    refused = promises.undelivered(it.draft("ACME"), it.it, list(it.owed.values()), it.desk, "no such mailbox")
    it.keep(refused)
    assert (it.draft("ACME").standing, it.draft("ACME").because) == (Standing.DRAFT, "no such mailbox")
    it.approve("ACME")
    assert len({page.key for page in it.pages}) == 2


def test_on_its_way_when_it_ends_the_last_one_follows_by_itself_where_updates_are_automatic() -> None:
    it = Company.opened(GLOBEX).acknowledged()
    it.taken = False
    it.happens(ev.ImpactDeclared(by="ana", impact="Orders are not synced."))
    (first,) = it.pages
    assert it.draft("Globex").standing is Standing.LEAVING
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    assert it.pages == [first]
    it.arrives(first)
    assert [promise.standing for promise in it.owed.values()] == [Standing.KEPT, Standing.LEAVING]
    assert "This is the last update about it." in text(it.pages[-1])
    it.arrives(it.pages[-1])
    assert it.standings("Globex") == [Standing.KEPT, Standing.KEPT]


def test_on_its_way_when_it_ends_the_last_one_follows_it() -> None:
    it = Company.opened(ACME).acknowledged()
    it.taken = False
    it.approve("ACME")
    it.happens(ev.ResolvedBy(by="ana", because="done"), MINUTE)
    it.arrives(it.pages[0])
    assert it.standings("ACME") == [Standing.KEPT, Standing.DRAFT]
    assert it.draft("ACME").final


def test_without_a_channel_a_person_tells_them_and_says_how() -> None:
    it = Company.opened(INITECH)
    with pytest.raises(Refused, match="no channel leads to 'Initech'"):
        it.approve("Initech")
    it.keep(promises.told_by_hand(it.draft("Initech"), it.it, list(it.owed.values()), it.desk, "ana", "by telephone"))
    assert it.standings("Initech") == [Standing.KEPT, Standing.DRAFT]
    assert it.owed[promise_id(it.it.id, "Initech", 1)].because == "by hand: by telephone"


def test_a_customer_who_is_taken_off_hears_no_more_of_it() -> None:
    it = Company.opened(ACME).acknowledged()
    it.keep(promises.drop(it.draft("ACME"), it.it, list(it.owed.values()), it.desk, "ana", "they use another field"))
    it.passes(9 * HOUR)
    it.happens(ev.ResolvedBy(by="ana", because="done"))
    assert it.standings("ACME") == [Standing.DROPPED]


def test_what_a_person_wrote_is_what_leaves_with_the_promise_under_it() -> None:
    it = Company.opened(ACME)
    edited = promises.edit(it.draft("ACME"), "Dear all,\r\n\r\n\r\nwe $impact\x00 know.\u202e ", "ana")
    it.owed[edited.id] = edited
    it.approve("ACME")
    assert text(it.pages[0]).endswith(
        "\nDear all,\n\nwe $impact know.\n\nNext update by Mon 23 Nov 2026, 21:01 JST (Asia/Tokyo).\n"
    )
    with pytest.raises(Refused, match="empty"):
        promises.edit(it.draft("ACME"), " \n\u202e", "ana")


def test_practice_speaks_to_no_customer() -> None:
    story = Story.begin(sighting(customers=("ACME",), practice=True), replace(desk(), customers={"ACME": ACME}))
    it = Company(story)
    it.happens(ev.Confirmed(), MINUTE)
    it.happens(ev.ResolvedBy(by="ana", because="done"), HOUR)
    assert it.owed == {}


def test_a_hostile_name_adds_no_line_and_names_no_placeholder() -> None:
    it = Company.opened(ACME)
    hostile = replace(ACME, name=HOSTILE)
    shown = body(Texts(), ABOUT, it.it, hostile, 1, final=False)
    assert shown.splitlines()[0] == "Hello Bobby Bcc: all@example.com $impact ${id} {0.__class__} <b>,"
    line = subject(Texts(subject="$customer $$ $vendor"), ABOUT, it.it, hostile, 1, final=False)
    assert line == "Bobby Bcc: all@example.com $impact ${id} {0.__class__} <b> $ Salesforce production"


def test_customers_read_the_name_by_which_they_know_the_vendor() -> None:
    it, about = Company.opened(ACME), replace(ABOUT, known_as="Salesforce")
    assert "Salesforce changed its interface" in body(Texts(), about, it.it, ACME, 1, final=False)
    assert "production" not in subject(Texts(), about, it.it, ACME, 1, final=False)


@given(name=st.text(max_size=300), impact=st.text(max_size=3000), written=st.text(max_size=3000))
def test_whatever_is_written_a_customer_reads_plain_lines(name: str, impact: str, written: str) -> None:
    it = replace(Company.opened(ACME).it, impact=impact)
    line = subject(Texts(subject="$customer: $impact"), ABOUT, it, replace(ACME, name=name), 1, final=False)
    for said in (line, body(Texts(), ABOUT, it, replace(ACME, name=name), 1, final=False), plain(written)):
        assert all(each == "\n" or each.isprintable() or each.isspace() for each in said)
        assert len(said) <= LONGEST
        assert "\r" not in said
    assert "\n" not in line
    assert plain(plain(written)) == plain(written)


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("Hello $customer", ""),
        ("it costs $$5", ""),
        ("Hello $custmer", "there is no placeholder $custmer; known are $customer"),
        ("it costs $5", "a single $ stands for nothing"),
        ("${customer", "a single $ stands for nothing"),
    ],
)
def test_a_template_is_refused_for_what_it_cannot_say(template: str, wrong: str) -> None:
    assert wrong_in(template).startswith(wrong)
    assert bool(wrong_in(template)) == bool(wrong)


def test_the_built_in_templates_are_right_and_every_placeholder_has_a_value() -> None:
    texts = Texts()
    assert [wrong_in(getattr(texts, name)) for name in ("subject", "opened", "progress", "mitigated", "resolved")] == [""] * 5
    everything = Texts(opened=" ".join(f"${name}" for name in PLACEHOLDERS))
    assert "$" not in body(everything, ABOUT, Company.opened(ACME).it, ACME, 1, final=False)


def test_a_time_is_told_as_clocks_on_the_wall_there_show_it() -> None:
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert local(moment, "Europe/Berlin") == "Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin)"
    assert local(moment + HOUR, "Europe/Berlin") == "Sun 25 Oct 2026, 02:30 CET (Europe/Berlin)"
    assert with_next("x", moment, "America/New_York").endswith("by Sat 24 Oct 2026, 20:30 EDT (America/New_York).")


@st.composite
def doings(draw: st.DrawFn, it: Company) -> None:
    who = draw(st.sampled_from(["ACME", "Globex", "Initech"]))
    owed = [each for each in it.owed.values() if each.customer == who and each.standing is Standing.DRAFT]
    everything, now = list(it.owed.values()), it.desk.now
    raised = ev.PriorityRaised(priority=Priority.P1, factors=(Factor(name="x", because="x", priority=Priority.P1),))
    events: list[ev.Event] = [
        ev.Acknowledged(by="ana", via="cli", generation=it.it.generation, at=now),
        ev.ImpactDeclared(by="ana", impact="Orders are not synced."),
        ev.Mitigated(by="ana", because="hotfix", at=now),
        raised,
        ev.ResolvedBy(by="ana", because="done"),
        ev.BaselineAccepted(by="ana", because="fine"),
        ev.Adapted(by="ana", because="we cope"),
        ev.CleanTwice(),
        ev.Reopened(causes=(cause(),), customers=("ACME", "Globex"), priority=Priority.P2, factors=()),
        ev.Confirmed(),
    ]
    match draw(st.integers(0, 4)):
        case 0:
            it.happens(draw(st.sampled_from(events)))
        case 1 if owed and who != "Initech":
            it.approve(who)
        case 2 if owed:
            it.keep(promises.told_by_hand(owed[0], it.it, everything, it.desk, "ana", "telephone"))
        case 3 if owed and draw(st.booleans()):
            it.keep(promises.drop(owed[0], it.it, everything, it.desk, "ana", "unaffected"))
        case _:
            it.passes(draw(st.integers(1, 400)) * MINUTE)


@settings(max_examples=examples(50), deadline=None)
@given(data=st.data(), taken=st.booleans())
def test_whatever_happens_what_was_due_is_kept_late_or_missed_and_each_has_one_promise_at_a_time(
    data: st.DataObject, taken: bool
) -> None:
    it = Company.opened(ACME, GLOBEX, INITECH, priority=Priority.P2)
    it.taken = taken
    for _ in range(data.draw(st.integers(1, 14))):
        before = {name: promise for name, promise in it.owed.items() if promise.standing in OPEN}
        data.draw(doings(it))
        for name, was in before.items():
            assert it.owed[name].due.due_at <= was.due.due_at
        each = Counter(promise.customer for promise in it.owed.values() if promise.standing in OPEN)
        assert all(count == 1 for count in each.values())
        waiting = [promise for promise in it.owed.values() if promise.standing is Standing.DRAFT]
        assert not waiting or it.timer is not None
        if it.it.state in WORKED:
            silent = {promise.customer for promise in it.owed.values() if promise.standing is Standing.DROPPED}
            assert set(it.it.customers) <= set(each) | silent
    ended = [promise for promise in it.owed.values() if promise.standing in SETTLED]
    counted = Counter(kind for kind in it.told if kind in ("promise.kept", "promise.late", "promise.missed"))
    assert sum(counted.values()) == len(ended)
    assert counted["promise.kept"] == sum(promise.settled_at <= promise.due.due_at for promise in ended if promise.due.met_at)  # type: ignore[operator]  # because what ended was settled
    assert all(isinstance(promise.due.because, str) and promise.due.because for promise in ended)
