"""Salesforce objects by describe, and platform events by their schema: one target each, one sign-in and one budget for all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlencode

import orjson
from pydantic import Field, StringConstraints, model_validator

from probes.answers import conditions, host_of, identity, refuse_no_document, served
from probes.block import MEGABYTE, Block, Size
from probes.errors import ProbeError, Refused, Spent, Unfit, Unreachable, Withdrawn
from probes.probe import Answer, Fetched, NotModified, Probe, Served, Tools
from probes.salesforce_auth import Grant, SalesforceAuth, sign_in
from schemas.salesforce.describe import HIDDEN

_HOLD = timedelta(minutes=15)
"""The budget counts a rolling day: seconds do not help."""

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})")

_MARGIN = timedelta(minutes=1)
"""Where an answer is not dated, its time of sending stands in, set back by this much: a change within the same second
would otherwise never be seen."""

_EVENTS_SINCE = 43

ObjectName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w{0,79}$")]


class SalesforceProbe(Block):
    """`kind: salesforce`. Baselines hold for one org, user and API version; probe a newer version as another target."""

    kind: Literal["salesforce"] = "salesforce"
    api_version: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{1,2}\.0$")]
    objects: tuple[ObjectName, ...] = ()
    events: tuple[ObjectName, ...] = Field(default=(), description="platform events such as Order__e")
    auth: SalesforceAuth
    stop_at_percent: int = Field(default=80, ge=1, le=100, description="of the org's daily API requests, whoever used them")
    max_bytes: Size = 32 * MEGABYTE
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for each exchange")
    private: bool = Field(default=False, description="allow loopback and private networks, and http")
    second_opinion: bool = Field(
        default=False,
        description="ask the Tooling API whether a field that is not shown exists: one more request for each answer that changed",
    )

    @model_validator(mode="after")
    def _tls(self) -> Self:
        if not self.private and not self.auth.login.startswith("https:"):
            raise ValueError("`login` must be https")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [*self.objects, *self.events]
        if not named:
            raise ValueError("name something to watch in `objects` or in `events`")
        if len(set(named)) < len(named):
            raise ValueError("each of `objects` and `events` must be named once")
        if self.events and float(self.api_version) < _EVENTS_SINCE:
            raise ValueError(f"events are described from API version {_EVENTS_SINCE}.0 on")
        return self

    def expand(self) -> Sequence[tuple[str, Probe]]:
        objects = ((name, self.model_copy(update={"objects": (name,), "events": ()})) for name in self.objects)
        events = ((name, self.model_copy(update={"objects": (), "events": (name,)})) for name in self.events)
        return (*objects, *events)

    def format(self) -> str | None:
        return "avro" if self.events else "salesforce"

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """Describe the one object or event of an expanded probe; raises `probes.errors`."""
        (name,) = self.objects or self.events
        account = self.auth.account()
        self._hold(tools, account)
        of = identity(account, self.api_version, name)
        asked = {} if self.events else conditions(known, of)
        grant = await self._grant(tools, stale=None)
        answer = await self._describe(tools, grant, name, asked)
        if answer.status == 401:
            # The org's session timeout decides how long a token lives; nobody tells us beforehand.
            grant = await self._grant(tools, stale=grant.token)
            answer = await self._describe(tools, grant, name, asked)
        self._count(answer, tools, account)
        if answer.status == 304 and asked:
            return NotModified()
        if answer.status != 200:
            raise self._refusal(answer, name, tools, account)
        refuse_no_document(answer)
        if self.events:
            return Served(document=served(answer, of).document)
        if not answer.body.lstrip().startswith(b"{"):
            raise Unfit(f"{host_of(answer.url)} answered 200 with something that is no describe of {name}")
        hidden = await self._hidden(tools, grant, name, answer) if self.second_opinion else ()
        return _dated(served(answer, of), answer, of, hidden)

    async def _hidden(self, tools: Tools, grant: Grant, name: str, described: Answer) -> Sequence[str]:
        """Fields that exist and that our user is not shown, as far as the Tooling API tells. It is asked once, and whatever
        goes wrong only leaves the question open: a page never waits for it."""
        asked = f"SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = '{name}'"  # noqa: S608 - an ObjectName is letters, digits and _
        try:
            answer = await tools.http.request(
                "GET",
                f"{grant.instance_url}/services/data/v{self.api_version}/tooling/query?{urlencode({'q': asked})}",
                headers={"authorization": f"Bearer {grant.token}", "accept": "application/json"},
                deadline=self.deadline,
                max_bytes=self.max_bytes,
                private=self.private,
            )
        except ProbeError:
            return ()
        self._count(answer, tools, self.auth.account())
        existing = _named(answer.body, "records", "QualifiedApiName") if answer.status == 200 else set()
        shown = {field.lower() for field in _named(described.body, "fields", "name")}
        return sorted(field for field in existing if field.lower() not in shown) if shown else ()

    @property
    def _resource(self) -> str:
        return "eventSchema?payloadFormat=EXPANDED" if self.events else "describe"

    async def _grant(self, tools: Tools, *, stale: str | None) -> Grant:
        return await sign_in(self.auth, tools, stale=stale, deadline=self.deadline, private=self.private)

    async def _describe(self, tools: Tools, grant: Grant, name: str, asked: Mapping[str, str]) -> Answer:
        return await tools.http.request(
            "GET",
            f"{grant.instance_url}/services/data/v{self.api_version}/sobjects/{name}/{self._resource}",
            headers={"authorization": f"Bearer {grant.token}", "accept": "application/json", **asked},
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            private=self.private,
        )

    def _hold(self, tools: Tools, account: str) -> None:
        """Raise `Spent` while the budget is to be left alone. Afterwards one request finds out how it stands."""
        until = tools.session.holds.get(account)
        if until is not None and tools.now < until:
            used, of = tools.session.usage.get(account, (0, 0))
            share = f" ({used:,} of {of:,} requests used)" if of else ""
            raise Spent(f"the org's API budget is spent{share}; asking again later", hold=until - tools.now)

    def _count(self, answer: Answer, tools: Tools, account: str) -> None:
        """Remember what the org says about its budget; from `stop_at_percent` on, the next requests are held. This
        answer has already been paid for and is used."""
        found = _USAGE.search(answer.headers.get("sforce-limit-info", ""))
        if found is None or int(found[2]) == 0:
            return
        used, of = int(found[1]), int(found[2])
        tools.session.usage[account] = (used, of)
        if used * 100 >= of * self.stop_at_percent:
            tools.session.holds[account] = tools.now + _HOLD

    def _refusal(self, answer: Answer, name: str, tools: Tools, account: str) -> ProbeError:
        host, status, code = host_of(answer.url), answer.status, _error_code(answer.body)
        said = f"{host} answered {status} {code}".rstrip()
        if code == "REQUEST_LIMIT_EXCEEDED":
            tools.session.holds[account] = tools.now + _HOLD
            return Spent(f"{said}: the org's API budget is spent; asking again later", hold=_HOLD)
        if status == 410 or code == "UNSUPPORTED_API_VERSION":
            return Withdrawn(f"{said}: API version {self.api_version} is retired; move to a supported one")
        if status == 404:
            text = f"{said}: {name} does not exist, or is hidden from this user by its permissions"
            return Withdrawn(text, lasting=False)
        if status in (401, 403):
            return Refused(f"{said}: the user may not describe {name}; check its permissions and that the API is enabled for it")
        if status in (408, 425, 429) or status >= 500:
            return Unreachable(said, retry_after=answer.retry_after)
        return Unfit(f"{said} where a describe of {name} was expected")


def _error_code(body: bytes) -> str:
    """The first error's code, empty if there is none. The messages are the vendor's free text and stay out."""
    try:
        said = orjson.loads(body)
    except ValueError:
        return ""
    first = said[0] if isinstance(said, list) and said else said
    code = first.get("errorCode") if isinstance(first, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,60}", code) else ""


def _named(body: bytes, rows: str, name: str) -> set[str]:
    """The texts called `name` in the list called `rows`; none where the answer is of another form."""
    try:
        said = orjson.loads(body)
    except ValueError:
        return set()
    found = said.get(rows) if isinstance(said, dict) else None
    listed = found if isinstance(found, list) else []
    return {row[name] for row in listed if isinstance(row, dict) and isinstance(row.get(name), str)}


def _dated(fetched: Served, answer: Answer, of: str, hidden: Sequence[str]) -> Served:
    if hidden:
        headers = {**fetched.document.headers, HIDDEN: ",".join(hidden)}
        fetched = replace(fetched, document=replace(fetched.document, headers=headers))
    if "last-modified" in fetched.validators:
        return Served(document=fetched.document, validators={"last-modified": fetched.validators["last-modified"], "of": of})
    try:
        sent = parsedate_to_datetime(answer.headers.get("date", ""))
        since = format_datetime(sent - _MARGIN, usegmt=True)
    except (ValueError, TypeError, OverflowError):
        return Served(document=fetched.document)
    return Served(document=fetched.document, validators={"last-modified": since, "of": of})


PROBE = SalesforceProbe
