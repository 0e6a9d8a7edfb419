"""The calls to a Jira site: each once, its answers as our words. Issues are read directly, never from the search index, which
lags; only what we hold no key of is searched for.

Facts: Atlassian's description of Jira Cloud's REST v3; a Data Center's v2 differs in texts (wiki) and in the search.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.jira.adf import text_of
from alerts.jira.refusals import named_in, told
from alerts.jira.workflow import Goal, Status, Step, Stuck, next_step, status_of
from alerts.json_api import Answer, JsonApi, final, segment
from alerts.json_api import field as place
from alerts.wording import clean

WHO = "Jira"
PROPERTY = "driftpager"
"""The name of our property of an issue. A copy of an issue has its labels and not its properties: it is no second one."""

INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""Keeps a comment from the customers of a service project, who would read it otherwise."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}-[0-9]{1,12}")
_MOST_STEPS = 3
_RACE = timedelta(seconds=5)
_RECENT_COMMENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as it is there. `kept` is our property of it, empty for none."""

    key: str
    status: Status
    summary: str
    priority: str
    labels: tuple[str, ...]
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A Jira; `cloud` False for a Data Center. `lag` is how long a new issue may be unknown to the search, `seconds` is for a
    whole delivery: less than the 30 that the outbox gives a try."""

    api: JsonApi
    cloud: bool
    lag: timedelta
    seconds: float = 25.0

    async def read(self, key: str) -> Issue | None:
        """An issue by key or id, None where it is not there any more (or this account may not see it)."""
        query = {"fields": "status,summary,priority,labels", "properties": PROPERTY}
        answer = await self.api.call("GET", f"/issue/{segment(key)}", query=query, expect=frozenset({404}))
        if answer.status == 404:
            _known(answer)
            return None
        return _issue(answer)

    async def find(self, key: str) -> Issue | None:
        """The issue that carries our key: the one we made, else one that somebody labelled so. The oldest of several."""
        jql = f'labels = "{key}" ORDER BY created ASC'
        body = {"jql": jql, "fields": ["created"], "maxResults": 10}
        async with _only_reading():
            answer = await self.api.call("POST", "/search/jql" if self.cloud else "/search", body)
        with _described("search is"):
            keys = [str(found["key"]) for found in answer.body["issues"]]
        labelled: list[Issue] = []
        for each in keys:
            issue = await self.read(each)  # the index also knows issues that are gone
            if issue is not None and issue.kept.get("key") == key:
                return issue
            labelled += [issue] if issue is not None and not issue.kept else []
        return labelled[0] if labelled else None

    async def create(self, fields: Mapping[str, Any], kept: Mapping[str, Any]) -> tuple[str, str]:
        """A new issue: its key, and what had to be left out of it, in words. Only a priority may be missing."""
        body = {"fields": dict(fields), "properties": [{"key": PROPERTY, "value": dict(kept)}]}
        try:
            answer = await self.api.call("POST", "/issue", body, expect=frozenset({400}))
            named = named_in(answer) if answer.status == 400 else {}
            if set(named) == {"priority"} and "priority" in fields:
                answer = await self.api.call("POST", "/issue", _without(body, named), expect=frozenset({400}))
        except Undelivered as error:
            if error.unknown:  # the search must know it before we may look whether it is there
                raise self._later(error) from None
            raise
        if answer.status == 400:
            raise _refused("the issue", answer)
        return key_in(answer), _left(named)

    async def edit(self, key: str, fields: Mapping[str, Any], update: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
        """Change fields; what could not be changed, in words, empty for nothing. A field that is refused is left alone from
        then on."""
        body = {"fields": dict(fields), "update": dict(update), "properties": [{"key": PROPERTY, "value": dict(kept)}]}
        answer = await self._put(key, body)
        named = named_in(answer) if answer.status == 400 else {}
        if named and named.keys() <= fields.keys() | update.keys():
            answer = await self._put(key, _without(body, named))
        if answer.status == 400:
            because = told(named_in(answer))
            return f"{key} does not take our changes" + (f": {because}" if because else " (400)")
        return _left(named)

    async def move(self, key: str, at: Status, goal: Goal) -> str:
        """Bring an issue to a status; why it is not there, in words, empty where it is."""
        begun = at
        for _ in range(_MOST_STEPS):
            if goal.reached(at):
                return ""
            step = await self._next(key, at, goal)
            because = step.because if isinstance(step, Stuck) else await self._take(key, step)
            if because or isinstance(step, Stuck):
                return f"{key} could not be moved from {clean(begun.name, 60)} to {goal}: {because}"
            at = step.to
        return "" if goal.reached(at) else f"{key} stays in {clean(at.name, 60)}: {goal} is too many steps away"

    async def comment(self, key: str, body: object) -> None:
        """Add a comment."""
        said, refusals = {"body": body, "properties": [INTERNAL]}, frozenset({400, 404, 413})
        answer = await self.api.call("POST", f"/issue/{segment(key)}/comment", said, expect=refusals)
        if answer.status == 413:
            raise final(f"{WHO} takes no more comments on {key} (413): its limit is reached")
        if answer.status == 404:
            raise _gone(key)
        if answer.status == 400:
            raise _refused("the comment", answer)

    async def says(self, key: str, body: object) -> bool:
        """Whether one of the latest comments says exactly that."""
        query = {"orderBy": "-created", "maxResults": str(_RECENT_COMMENTS)}
        answer = await self.api.call("GET", f"/issue/{segment(key)}/comment", query=query)
        with _described("comments are"):
            return any(text_of(each["body"]) == text_of(body) for each in answer.body["comments"])

    async def link(self, key: str, *, url: str, title: str, summary: str, resolved: bool) -> None:
        """Our page beside the issue, the same one each time. Everything is given each time: what is left out becomes null.

        Where linking is switched off or not allowed there is no link; the description has it too.
        """
        body = {
            "globalId": f"driftpager={url}"[:255],
            "application": {"type": "driftpager", "name": "driftpager"},
            "relationship": "escalation",
            "object": {"url": url, "title": title, "summary": summary, "status": {"resolved": resolved}},
        }
        refusals = frozenset({400, 403, 404, 413})
        await self.api.call("POST", f"/issue/{segment(key)}/remotelink", body, expect=refusals)

    @asynccontextmanager
    async def made(self) -> AsyncIterator[None]:
        """Around what follows a creation: if it fails for now, the next try must find the issue that is there already. What is
        refused for good is no reason to forget the issue: the next page is refused it too, and that is told."""
        try:
            yield
        except Undelivered as error:
            raise self._later(error) from None
        except Undeliverable:
            return

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Around a whole delivery, shorter than whoever gives us the time for it: an issue may have been made in it."""
        try:
            async with asyncio.timeout(self.seconds):
                yield
        except TimeoutError:
            text = f"{WHO} was too slow: {self.seconds:g} s were not enough"
            raise self._later(Undelivered(text, reason=Reason.TIMEOUT)) from None

    def _later(self, error: Undelivered) -> Undelivered:
        wait = max(error.retry_after or timedelta(), self.lag)
        return Undelivered(str(error), reason=error.reason, retry_after=wait, unknown=True)

    async def _next(self, key: str, at: Status, goal: Goal) -> Step | Stuck:
        path, query = f"/issue/{segment(key)}/transitions", {"expand": "transitions.fields"}
        answer = await self.api.call("GET", path, query=query)
        with _described("transitions are"):
            return next_step(answer.body["transitions"], at, goal)

    async def _take(self, key: str, step: Step) -> str:
        body: dict[str, Any] = {"transition": {"id": step.id}}
        if step.fields:
            body["fields"] = dict(step.fields)
        path = f"/issue/{segment(key)}/transitions"
        answer = await self.api.call("POST", path, body, expect=frozenset({400, 404, 409, 413, 422}))
        if answer.status == 409:
            raise _raced(key)
        if answer.status == 404:
            raise _gone(key)
        if answer.status >= 400:
            return told(named_in(answer)) or f"{WHO} refused it ({answer.status})"
        return ""

    async def _put(self, key: str, body: object) -> Answer:
        answer = await self.api.call("PUT", f"/issue/{segment(key)}", body, expect=frozenset({400, 404, 409}))
        if answer.status == 409:
            raise _raced(key)
        if answer.status == 404:
            raise _gone(key)
        return answer


def _without(body: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    """The same request without fields that were refused, which our property says too: nothing was done by the first."""
    ((mine,), changed) = body["properties"], {part: body[part] for part in ("fields", "update") if part in body}
    kept = mine["value"] | {"left": sorted({*mine["value"]["left"], *named})}
    rest = {part: {name: value for name, value in given.items() if name not in named} for part, given in changed.items()}
    return {**rest, "properties": [mine | {"value": kept}]}


def _left(named: Mapping[str, str]) -> str:
    return f"this could not be set: {told(named)}" if named else ""


def key_in(answer: Answer) -> str:
    """The issue's key in an answer. Raises `Undelivered` where there is none that is one."""
    key = place(answer, WHO, "key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Undelivered(f"{WHO}'s answer has no key of an issue", reason=Reason.SERVER, unknown=True)
    return key


def _issue(answer: Answer) -> Issue:
    body = answer.body
    with _described("issue is"):
        fields, kept = body["fields"], (body.get("properties") or {}).get(PROPERTY)
        return Issue(
            key=key_in(answer),
            status=status_of(fields["status"]),
            summary=str(fields.get("summary") or ""),
            priority=str((fields.get("priority") or {}).get("name") or ""),
            labels=tuple(map(str, fields.get("labels") or ())),
            kept=kept if isinstance(kept, dict) else {},
        )


@contextmanager
def _described(what: str) -> Iterator[None]:
    """Around the reading of an answer."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise Undelivered(f"{WHO}'s {what} not as described ({type(error).__name__})", reason=Reason.SERVER) from None


def _known(answer: Answer) -> None:
    """A 404 to somebody Jira does not know says nothing about the issue."""
    if "FAILED" in answer.headers.get("x-seraph-loginreason", "").upper():
        raise Undeliverable(f"{WHO} refused our credentials (404): check its key", reason=Reason.AUTH)


def _refused(what: str, answer: Answer) -> Undeliverable:
    named = named_in(answer)
    if not named:
        return final(f"{WHO} refused {what} ({answer.status})")
    wanting = [name for name, wrong in named.items() if wrong == "is required" and name != "priority"]
    advice = ": give it under `fields`" if wanting else ": correct `priorities`" if "priority" in named else ""
    return final(f"{WHO} refused {what} ({answer.status}): {told(named)}{advice}")


def _raced(key: str) -> Undelivered:
    return Undelivered(f"somebody else was changing {key} in {WHO} (409)", reason=Reason.SERVER, retry_after=_RACE)


def _gone(key: str) -> Undelivered:
    """It was there a moment ago; the next try sees that it is not and makes another."""
    return Undelivered(f"{key} went away in {WHO} meanwhile (404)", reason=Reason.SERVER)


@asynccontextmanager
async def _only_reading() -> AsyncIterator[None]:
    """A search is a POST, and has done nothing when it fails."""
    try:
        yield
    except Undelivered as error:
        raise Undelivered(str(error), reason=error.reason, retry_after=error.retry_after) from None


def joined(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines that say something."""
    return tuple(line for line in lines if line)
