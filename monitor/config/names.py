"""Sections whose keys are the user's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.config.problem import Mark, Problem
from monitor.config.read import as_mapping
from monitor.config.tree import Entries, Node

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FREE = re.compile(r"[^\x00-\x1f\x7f/]{1,120}")


def named(section: Node | None, what: str, problems: list[Problem]) -> Iterator[tuple[str, Mark, Entries]]:
    """Each entry of a section as (name, where, settings), `what` being one of them in words: target, channel, customer.

    A customer's name may have spaces; all others end up in metrics, dedup keys and paths, and are plain words.
    """
    mapping = as_mapping(section, f"the section of {what}s", problems)
    if mapping is None:
        return
    for name, node in mapping.entries.items():
        at = mapping.keys[name]
        if what == "customer" and not (_FREE.fullmatch(name) and name.isprintable()):
            problems.append(Problem(mark=at, text=f"{name!r} is no name of a customer", hint="at most 120 characters, no /"))
        elif what != "customer" and not _PLAIN.fullmatch(name):
            hint = "use letters, digits, and . _ - after the first, at most 80"
            problems.append(Problem(mark=at, text=f"{name!r} is no name of a{'n' if what[0] == 'i' else ''} {what}", hint=hint))
        settings = as_mapping(node, f"the {what} {name!r}", problems)
        if settings is not None:
            yield name, at, settings
        elif getattr(node, "value", "") is None:
            yield name, at, Entries(entries={}, keys={}, mark=node.mark)
