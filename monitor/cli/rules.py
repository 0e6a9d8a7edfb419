"""The catalogue of rules, told to a person."""

from __future__ import annotations

from monitor.cli.exits import Misused
from monitor.nearest import nearest
from schemas.rules import catalogue
from schemas.rules.rule import Level

WORDS = {
    Level.BREAKING: "breaking",
    Level.RISKY: "risky",
    Level.SAFE: "safe",
    Level.NOTICE: "safe, with a notice",
    Level.ABSENT: "does not apply",
    Level.BREAKING_IF_USED: "breaking where we use it, else safe",
    Level.RISKY_IF_USED: "risky where we use it, else safe",
}


def explain(id: str) -> str:
    """What one rule means, in a few lines. Raises `Misused` with the nearest rule for an unknown one."""
    rules = catalogue()
    if id not in rules:
        raise Misused(f"there is no rule {id!r}; {nearest(id, rules)} (`driftpager list rules` shows all)")
    rule = rules[id]
    lines = [
        rule.id,
        f"  when: {rule.condition}",
        f"  in what we send: {WORDS[rule.request]}",
        f"  in what we read: {WORDS[rule.response]}",
    ]
    if rule.because:
        lines.append(f"  because {rule.because}")
    return "\n".join(lines)
