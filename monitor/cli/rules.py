"""The catalogue of rules, told to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.exits import Misused
from monitor.nearest import nearest
from schemas.rules import catalogue
from schemas.rules.override import concerns
from schemas.rules.rule import Level

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.config.policy import Ruling

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


def overrides_of(id: str, file: str) -> Iterator[str]:
    """What the configuration in `file` makes of a rule, a line each; nothing where there is none that can be read."""
    from monitor.clock import SystemClock
    from monitor.config import ConfigError, environ, load

    if not Path(file).is_file():
        return
    try:
        config = load(Path(file), environ())
    except ConfigError:
        return  # `driftpager check` is there to say why
    for ruling, names in rulings_of(config).items():
        if concerns(ruling.override.rule, id):
            yield f"  overridden for {names}: {told(ruling, SystemClock().now().date())}"


def rulings_of(config: Config) -> Mapping[Ruling, str]:
    """Each override with the targets it is for: an integration's name where it is for all of its targets."""
    holders: dict[Ruling, list[str]] = {}
    for target in config.targets:
        for ruling in dict.fromkeys(target.rulings):
            holders.setdefault(ruling, []).append(target.name)
    return {ruling: _shortly(names, config) for ruling, names in holders.items()}


def _shortly(names: list[str], config: Config) -> str:
    left, said = set(names), []
    for integration in config.integrations:
        whole = {target.name for target in config.targets if target.integration == integration}
        if whole and whole <= left:
            said.append(integration)
            left -= whole
    said += [name for name in names if name in left]
    return ", ".join(said[:5]) + (f" and {len(said) - 5} more" if len(said) > 5 else "")


def told(ruling: Ruling, today: date) -> str:
    """`enum.value-added at schemas/payment/** is breaking until 2027-01-31: why`."""
    override = ruling.override
    rule = "every rule" if override.rule == "*" else override.rule
    where = f" at {override.address}" if override.address != "**" else ""
    end = f" until {ruling.until}" if ruling.until is not None else ""
    ended = "" if ruling.holds(today) else " (ended)"
    return f"{rule}{where} is {override.level}{end}{ended}: {override.because}"
