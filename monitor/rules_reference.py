"""The reference of all rules, written from their tables: `python -m monitor.rules_reference > docs/rules.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

from monitor.cli.rules import WORDS
from schemas.change import Finding
from schemas.lens import Lens, Policy
from schemas.rules import Rule, catalogue, tables
from schemas.rules.found import found
from schemas.usage import Usage

HEAD = f"""# Rules

All {len(catalogue())} rules, by the tables they stand in. **We send** is what the change means where it is part of our requests,
**we read** where it is part of what we get back; `driftpager diff --explain RULE` says the same on the terminal. In conditions
`B` is breaking, `R` risky, `S` safe, and `N` safe with a notice. Ids never change: overrides, silences and accepted findings
name them.

The levels are those of the policy `consumer`, which holds where none is named. The last column says what the two others make
of them:

- `strict-codegen`, for clients generated from the schema: what is risky about data is breaking.
- `lenient-reader`, for code that passes over what it does not know: a change of data that we read drops one level where the last
  column says so. A guaranteed (required) property that is gone is never lowered.

Any level can be overridden for an integration, an address and a rule, with a reason and an end: see `policy` in
[configuration.md](configuration.md). Written by `python -m monitor.rules_reference`.
"""
_TOUCHED = Usage(fields=frozenset({"it"}))


def reference() -> str:
    """The page, table by table."""
    return HEAD + "".join(line for table in tables() for line in _section(table))


def _section(table: ModuleType) -> Iterator[str]:
    about = (table.__doc__ or "").partition(".")[0].partition(":")[0]
    yield f"\n## {about}\n\n"
    yield "| rule | when | we send | we read | because | other policies |\n| --- | --- | --- | --- | --- | --- |\n"
    for rule in table.RULES:
        cells = (f"`{rule.id}`", rule.condition, WORDS[rule.request], WORDS[rule.response], rule.because, moved(rule))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
    waived: Mapping[str, str] = getattr(table, "WAIVED", {})
    if waived:
        yield "\nWhat may differ without a risky or breaking finding:\n\n"
        yield from (f"- {what}: {because}\n" for what, because in waived.items())


def moved(rule: Rule) -> str:
    """What the other policies make of a rule where we use what changed, or nothing."""
    usual = _judged(rule, Policy.CONSUMER)
    told = []
    for policy in Policy:
        other = _judged(rule, policy)
        sides = [
            f"{word} {now}"
            for word, was, now in (("send", usual.request, other.request), ("read", usual.response, other.response))
            if was is not now
        ]
        if sides:
            told.append(f"{policy}: {', '.join(sides)}")
    return "; ".join(told)


def _judged(rule: Rule, policy: Policy) -> Finding:
    (finding,) = found(rule, Lens(policy=policy, usage=_TOUCHED), address="it", members=("it",), message="")
    return finding


if __name__ == "__main__":
    sys.stdout.write(reference())
