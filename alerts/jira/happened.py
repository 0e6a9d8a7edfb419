"""What somebody did to an issue, as a reply: the same words and the same event ids, whether a webhook told it or we asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alerts.channels import Reply
from alerts.jira.adf import text_of
from alerts.jira.workflow import CATEGORY, DONE, IN_PROGRESS

_NAME = 200
_TEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """What it takes to read a happening: `site` tells two sites' ids apart, `account` is ours (its doings are none),
    `statuses` are the configured names."""

    site: str
    account: str
    statuses: Mapping[str, str]

    def change(
        self, issue: str, history: Mapping[str, Any], by: Mapping[str, Any], at: datetime, category: str
    ) -> Iterable[Reply]:
        """The replies in one change of an issue; `category` is that of the status it went to. Raises KeyError, TypeError and
        AttributeError where it is not as described."""
        if self.is_us(by):
            return
        items, number = history["items"], str(history["id"])
        kind = kind_of(items, category, self.statuses)
        if kind:
            yield self._reply(f"change:{number}", kind, issue, by, at, "")
        moved = _last(items, "Key")
        if moved is not None:
            told = f"moved to {moved.get('toString')}"
            yield self._reply(f"moved:{number}", "annotated", str(moved.get("fromString") or issue), by, at, told)

    def comment(self, issue: str, comment: Mapping[str, Any]) -> Iterable[Reply]:
        """The reply in a comment. Raises as `change`, and ValueError."""
        by = comment.get("author") or {}
        if not self.is_us(by):
            said = text_of(comment.get("body"))[:_TEXT]
            yield self._reply(f"comment:{comment['id']}", "annotated", issue, by, moment(comment["created"]), said)

    def deleted(self, issue: str, number: str, by: Mapping[str, Any], at: datetime) -> Iterable[Reply]:
        """The reply in an issue's deletion."""
        if not self.is_us(by):
            yield self._reply(f"deleted:{number}", "annotated", issue, by, at, "the issue was deleted")

    def is_us(self, user: Mapping[str, Any]) -> bool:
        """Whether it is our own account."""
        return bool(self.account) and self.account in (user.get("accountId"), user.get("name"), user.get("key"))

    def _reply(self, event: str, kind: str, issue: str, by: Mapping[str, Any], at: datetime, text: str) -> Reply:
        person = by.get("accountType", "atlassian") != "app"  # an automation rule acts as an app: nobody stands behind it
        user = str(by.get("accountId") or by.get("name") or "")[:_NAME]
        return Reply(
            source="jira",
            event_id=f"{self.site}:{event}",
            kind=kind,
            dedup_key="",
            by=str(by.get("displayName") or user)[:_NAME] if person else "",
            at=at,
            user=user if person else "",
            email=str(by.get("emailAddress") or "")[:_NAME] if person else "",
            record=issue[:_NAME],
            text=text,
        )


def kind_of(items: Iterable[Mapping[str, Any]], category: str, statuses: Mapping[str, str]) -> str:
    """What a change of an issue's status means, empty for none. A configured status means its state, any other its category.

    Out of a status that says done, or with the resolution cleared, it was reopened.
    """
    items = list(items)
    status = _last(items, "status")
    if status is None:
        return ""
    state = _state(status.get("toString"), statuses)
    category = CATEGORY.get(state, category)
    if category == DONE:
        return "resolved"
    resolution = _last(items, "resolution")
    cleared = resolution is not None and bool(resolution.get("from")) and not resolution.get("to")
    if cleared or _state(status.get("fromString"), statuses) == "resolved":
        return "reopened"
    if category == IN_PROGRESS:
        return "mitigated" if state == "mitigating" else "acknowledged"
    return "unacknowledged"


def went_to(items: Iterable[Mapping[str, Any]]) -> str:
    """The id of the status a change led to, empty for none."""
    status = _last(items, "status")
    return str(status.get("to") or "") if status is not None else ""


def moment(text: str) -> datetime:
    """An aware UTC time from `2026-11-23T10:00:00.000+0000`. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _last(items: Iterable[Mapping[str, Any]], field: str) -> Mapping[str, Any] | None:
    return next((item for item in reversed(list(items)) if field in (item.get("fieldId"), item.get("field"))), None)


def _state(name: object, statuses: Mapping[str, str]) -> str:
    return next((state for state, each in statuses.items() if each and each.casefold() == str(name).casefold()), "")
