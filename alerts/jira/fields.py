"""What an issue is made of: our key, its labels, its summary, and what of it differs from how it is to be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from alerts.jira.site import Issue
from alerts.keys import page_id
from alerts.page import Action, Page, Record
from alerts.priority import Priority
from alerts.wording import clean

SUMMARY_LENGTH = 255
MARK = "driftpager"
_PRIORITY_LABELS = frozenset(f"P{level}" for level in range(1, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How an issue is to be. `description` is ADF or wiki text; `priority` is Jira's name of it, empty to leave it alone."""

    key: str
    summary: str
    description: object
    priority: str
    labels: tuple[str, ...]

    def kept(self, before: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Our property of the issue: whose it is, what we wrote last, and which fields are `left` alone for good.

        `before` is the property as it was: None for a new issue, empty for one of somebody's, whose own words stay.
        """
        adopted = ["description", "summary"] if before is not None and not before else []
        left = (before or {}).get("left")
        return {
            "key": self.key,
            "summary": self.summary,
            "description": hashlib.sha256(orjson.dumps(self.description)).hexdigest()[:32],
            "priority": self.priority,
            "left": left if isinstance(left, list) else adopted,
        }


def key_of(page: Page) -> str:
    """What finds the issue again, the same for every generation: `driftpager-ESCALATION`, fit for a label."""
    return label_of(page.escalation or page_id(page.dedup_key))


def label_of(escalation: str) -> str:
    """Our key of an escalation."""
    return f"{MARK}-{re.sub(r'[^A-Za-z0-9_.-]', '-', escalation)[:200]}"


def record_of(page: Page) -> Record:
    """What to do with a page that is about no record: an issue of its own, or a comment where there is one of its key."""
    state = "resolved" if page.action is Action.RESOLVE else "open"
    return page.record or Record(state=state, news=(page.content.summary,))


def labels_of(page: Page, key: str, more: Sequence[str]) -> tuple[str, ...]:
    """Ours, then the configured ones."""
    return tuple(dict.fromkeys((MARK, key, _level(page), *more)))


def priority_of(page: Page, names: Mapping[str, str]) -> str:
    """What Jira calls the priority of a page."""
    return names.get(_level(page), "")


def summary_of(page: Page) -> str:
    """One line within Jira's limit."""
    return clean(page.content.summary, SUMMARY_LENGTH) or MARK


def changes(issue: Issue, wanted: Wanted) -> tuple[dict[str, Any], dict[str, Any]]:
    """(fields, update) to bring an issue to what is wanted; both empty where it is.

    A field is written only when ours changed: what people made of it meanwhile stays until then, and their labels always.
    """
    kept = wanted.kept(issue.kept)
    ours: dict[str, Any] = {"summary": wanted.summary, "description": wanted.description}
    if wanted.priority:
        ours["priority"] = {"name": wanted.priority}
    fields = {name: value for name, value in ours.items() if issue.kept.get(name) != kept[name] and name not in kept["left"]}
    gone = sorted(_PRIORITY_LABELS & set(issue.labels) - set(wanted.labels))
    operations = [{"add": label} for label in wanted.labels if label not in issue.labels] + [{"remove": label} for label in gone]
    return fields, {"labels": operations} if operations and "labels" not in kept["left"] else {}


def _level(page: Page) -> str:
    return f"P{min(max(page.priority, Priority.P1), Priority.P4):d}"
