"""What people did to our issues, for a daemon that no webhook reaches: their changes and comments, asked for.

Cloud gives a hundred issues at once, read directly; a Data Center one at a time. What a status of an older change means is
looked up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.channels import Reply, Watched
from alerts.errors import Reason, Undelivered
from alerts.jira.fields import label_of
from alerts.jira.happened import Listener, moment, went_to
from alerts.jira.site import WHO, Site
from alerts.jira.workflow import status_of
from alerts.json_api import field as place
from alerts.json_api import segment
from alerts.keys import parse_dedup_key

LOOK_BACK = timedelta(days=2)
"""What happened longer ago was heard, or is told by where the issue stands."""

_AT_ONCE = 100
_FIELDS = ("status", "comment", "labels")
_PAGE = 100


@dataclass(slots=True, kw_only=True)
class Look:
    """One look at a site. `categories` grows with the statuses that were looked up."""

    site: Site
    listener: Listener
    categories: dict[str, str] = field(default_factory=dict)

    async def at(self, watched: Iterable[Watched], now: datetime) -> list[Reply]:
        """What others than us did to the watched issues, oldest first. Raises `Undelivered` or `Undeliverable`."""
        known = {each.reference: each for each in watched if each.reference}
        if not known:
            return []
        if not self.listener.account:
            self.listener = replace(self.listener, account=await whoami(self.site))
        found: list[Reply] = []
        try:
            async for issue in self._issues(tuple(known)):
                each = _whose(issue, known)
                if each is not None:
                    since = max(each.since or now - LOOK_BACK, now - LOOK_BACK)
                    found += [reply async for reply in self._of(issue, each.reference, since)]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            text = f"{WHO}'s issues are not as described ({type(error).__name__})"
            raise Undelivered(text, reason=Reason.SERVER) from None
        return sorted(found, key=lambda reply: (reply.at, reply.event_id))

    async def _issues(self, references: Sequence[str]) -> AsyncIterator[Mapping[str, Any]]:
        api = self.site.api
        if self.site.cloud:
            for first in range(0, len(references), _AT_ONCE):
                some = references[first : first + _AT_ONCE]
                body = {"issueIdsOrKeys": list(some), "fields": list(_FIELDS), "expand": ["changelog"]}
                for issue in place(await api.call("POST", "/issue/bulkfetch", body), WHO, "issues"):
                    yield issue
            return
        query = {"fields": ",".join(_FIELDS), "expand": "changelog"}
        for reference in references:
            answer = await api.call("GET", f"/issue/{segment(reference)}", query=query, expect=frozenset({404}))
            if answer.status != 404:
                yield answer.body

    async def _of(self, issue: Mapping[str, Any], reference: str, since: datetime) -> AsyncIterator[Reply]:
        fields, key = issue["fields"], str(issue["key"])
        now_at = status_of(fields["status"])
        self.categories[now_at.id] = now_at.category
        for history in await self._histories(key, issue.get("changelog") or {}):
            at, by = moment(history["created"]), history.get("author") or {}
            if at >= since and not self.listener.is_us(by):
                category = await self._category(went_to(history["items"]))
                for reply in self.listener.change(reference, history, by, at, category):
                    yield reply
        for comment in await self._comments(key, fields.get("comment") or {}):
            for reply in self.listener.comment(reference, comment):
                if reply.at >= since:
                    yield reply

    async def _histories(self, key: str, page: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        given: Sequence[Mapping[str, Any]] = page.get("histories") or ()
        total = int(page.get("total") or 0)
        if total <= len(given) or not self.site.cloud:
            return given
        query = {"startAt": str(max(total - _PAGE, 0)), "maxResults": str(_PAGE)}
        values: Sequence[Mapping[str, Any]] = place(
            await self.site.api.call("GET", f"/issue/{segment(key)}/changelog", query=query), WHO, "values"
        )
        return values

    async def _comments(self, key: str, page: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        given: Sequence[Mapping[str, Any]] = page.get("comments") or ()
        if int(page.get("total") or 0) <= len(given):
            return given
        query = {"orderBy": "-created", "maxResults": str(_PAGE)}
        found: Sequence[Mapping[str, Any]] = place(
            await self.site.api.call("GET", f"/issue/{segment(key)}/comment", query=query), WHO, "comments"
        )
        return found

    async def _category(self, status: str) -> str:
        if status and status not in self.categories:
            answer = await self.site.api.call("GET", f"/status/{segment(status)}", expect=frozenset({404}))
            self.categories[status] = status_of(answer.body).category if answer.status != 404 else ""
        return self.categories.get(status, "")


async def whoami(site: Site) -> str:
    """The id of our own account: `accountId`, at a Data Center the name."""
    body = (await site.api.call("GET", "/myself")).body or {}
    return str(body.get("accountId") or body.get("name") or "")


def _whose(issue: Mapping[str, Any], known: Mapping[str, Watched]) -> Watched | None:
    """What we watch it as: by its key, or, once it was moved to another project, by its label."""
    if (each := known.get(str(issue["key"]))) is not None:
        return each
    labels = issue["fields"].get("labels") or ()
    for each in known.values():
        key = parse_dedup_key(each.dedup_key)
        if key is not None and label_of(key.escalation) in labels:
            return each
    return None
