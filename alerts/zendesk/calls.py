"""The calls of Zendesk's Support API that the channel makes, each one try. Tickets are parsed JSON as the vendor describes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.answers import refusal
from alerts.channels import Tools
from alerts.errors import Reason, Undeliverable, Undelivered
from alerts.json_api import Answer, JsonApi, field, segment

WHO = "Zendesk"
_REFUSED = frozenset({400, 404, 409, 422})
_FIELD = re.compile(r"[a-z_]{1,40}")
_PAGES = 10
"""So many pages of one listing are read at most, of a hundred each."""
_IDS = 100

Ticket = Mapping[str, Any]


class Invalid(Undeliverable):
    """A ticket was refused for what stands in `fields`, empty where Zendesk names none."""

    def __init__(self, fields: frozenset[str]) -> None:
        named = f"it does not accept {', '.join(sorted(fields))}" if fields else "what its form requires goes into custom_fields"
        super().__init__(f"{WHO} refused the ticket (422): {named}", reason=Reason.CLIENT)
        self.fields = fields


class Reused(Undelivered):
    """An earlier try with this key and another body was taken: its ticket is there."""

    def __init__(self) -> None:
        super().__init__(f"{WHO} knows the key with another body", reason=Reason.OTHER, unknown=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Zendesk, as one of its agents speaks to it."""

    api: JsonApi

    async def ticket(self, id: str) -> Ticket | None:
        """None for one that is deleted, or never was."""
        answer = await self.api.call("GET", f"/tickets/{segment(id)}", expect=frozenset({404}))
        return None if answer.status == 404 else _object(answer, "ticket")

    async def carrying(self, external_id: str) -> list[Ticket]:
        """Tickets with our key, the newest first; a direct look-up, which knows of a ticket as soon as it is made."""
        answer = await self.api.call("GET", "/tickets", query={"external_id": external_id})
        found = [each for each in _list(answer, "tickets") if each.get("external_id") == external_id]
        return sorted(found, key=lambda each: each["id"], reverse=True)

    async def create(self, ticket: Mapping[str, Any], key: str) -> Ticket:
        """A new ticket. Raises `Invalid` and `Reused` beside the usual."""
        answer = await self.api.call(
            "POST", "/tickets", {"ticket": ticket}, headers={"idempotency-key": key}, expect=frozenset({400, 422})
        )
        if answer.status == 400 and "idempotent" in _word(answer).lower():
            raise Reused
        _check(answer)
        return _object(answer, "ticket")

    async def update(self, id: str, stamp: str, ticket: Mapping[str, Any]) -> Ticket:
        """Change a ticket that was last changed at `stamp`. Raises `Invalid` beside the usual, `Undelivered` where somebody was
        quicker: nothing was changed then."""
        safe = {**ticket, "safe_update": True, "updated_stamp": stamp}
        answer = await self.api.call("PUT", f"/tickets/{segment(id)}", {"ticket": safe}, expect=_REFUSED)
        if answer.status == 409:
            text = f"somebody changed {WHO} ticket {id} at the same moment (409)"
            raise Undelivered(text, reason=Reason.OTHER, retry_after=timedelta(seconds=1))
        _check(answer)
        return _object(answer, "ticket")

    async def tag(self, id: str, tags: Iterable[str]) -> None:
        """Add tags to those a ticket has."""
        await self.api.call("PUT", f"/tickets/{segment(id)}/tags", {"tags": sorted(tags)})

    async def audits(self, id: str) -> list[Mapping[str, Any]]:
        """Everything that happened to a ticket, the oldest first."""
        found = await self.pages(f"/tickets/{segment(id)}/audits", "audits")
        return sorted(found, key=lambda each: (str(each["created_at"]), each["id"]))

    async def many(self, kind: str, ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
        """`tickets`, `users` or `organizations` by their ids; what is gone is left out."""
        wanted = sorted({each for each in ids if each > 0})
        found: dict[int, Mapping[str, Any]] = {}
        for start in range(0, len(wanted), _IDS):
            listed = ",".join(map(str, wanted[start : start + _IDS]))
            answer = await self.api.call("GET", f"/{kind}/show_many", query={"ids": listed})
            found |= {each["id"]: each for each in _list(answer, kind)}
        return found

    async def pages(
        self, path: str, name: str, query: Sequence[tuple[str, str]] = (), *, ids: type = int
    ) -> list[Mapping[str, Any]]:
        """A listing with cursors, whole or its first thousand. `ids` is what its ids are."""
        found: list[Mapping[str, Any]] = []
        after: list[tuple[str, str]] = []
        for _ in range(_PAGES):
            answer = await self.api.call("GET", path, query=[*query, ("page[size]", "100"), *after])
            found += _list(answer, name, ids)
            meta = answer.body.get("meta") or {}
            if not meta.get("has_more") or not meta.get("after_cursor"):
                break
            after = [("page[after]", str(meta["after_cursor"]))]
        return found

    async def search(self, query: str) -> list[Ticket]:
        """Tickets that a search finds, the newest first, 100 at most. Its index lags by minutes."""
        asked = {"query": query, "sort_by": "created_at", "sort_order": "desc", "per_page": "100"}
        answer = await self.api.call("GET", "/search", query=asked)
        return [each for each in _list(answer, "results") if each.get("result_type", "ticket") == "ticket"]

    async def me(self) -> Mapping[str, Any]:
        """The user we are. Zendesk answers for nobody in particular where it does not know the credentials."""
        user = _object(await self.api.call("GET", "/users/me"), "user")
        if not user.get("id"):
            raise refusal(WHO, 401, None)
        return user


def account(*, url: str, authorization: str, tools: Tools, seconds: float, private: bool) -> Account:
    """The account at `url` (`https://example.zendesk.com`), spoken to with an Authorization header."""
    headers = {"authorization": authorization}
    return Account(api=JsonApi(who=WHO, base=f"{url}/api/v2", headers=headers, http=tools.http, seconds=seconds, private=private))


def moment(text: object) -> datetime:
    """A time as Zendesk writes it. Raises ValueError."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _check(answer: Answer) -> None:
    if answer.status == 422:
        raise Invalid(_named(answer.body))
    if not 200 <= answer.status < 300:
        raise refusal(WHO, answer.status, answer.retry_after)


def _named(body: Any) -> frozenset[str]:
    """The fields a refusal names: of Zendesk's own words nothing else is told."""
    details = body.get("details") if isinstance(body, dict) else None
    names = details if isinstance(details, dict) else {}
    return frozenset(name for name in names if isinstance(name, str) and name != "base" and _FIELD.fullmatch(name))


def _word(answer: Answer) -> str:
    word = answer.body.get("error") if isinstance(answer.body, dict) else ""
    return word if isinstance(word, str) else ""


def _object(answer: Answer, name: str) -> Mapping[str, Any]:
    found = field(answer, WHO, name)
    if not isinstance(found, dict) or not isinstance(found.get("id"), int | None):
        raise Undelivered(f"{WHO}'s answer has no {name} with an id", reason=Reason.SERVER, unknown=True)
    return found


def _list(answer: Answer, name: str, kind: type = int) -> list[Mapping[str, Any]]:
    found = field(answer, WHO, name)
    if not isinstance(found, list) or not all(isinstance(each, dict) and isinstance(each.get("id"), kind) for each in found):
        raise Undelivered(f"{WHO}'s answer has no list of {name}", reason=Reason.SERVER, unknown=True)
    return found
