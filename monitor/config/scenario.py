"""A scenario: what is practised, in a YAML file. Some come with driftpager; a team's own lie beside its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from alerts.escalation import Ends
from monitor.config.problem import ConfigError, Mark, Problem
from monitor.config.read import read
from monitor.config.section import Said, Written
from monitor.config.validate import validate
from monitor.nearest import nearest

FOLDER = "drills"
"""Where a team's own are, beside `driftpager.yml`."""

BUILT_IN = Path(__file__).parent.parent / "scenarios"
BLIND = "blind.unreachable"
"""What no rule of the catalogue says: the vendor is silent."""


def _finding(name: str) -> str:
    from schemas.rules import catalogue  # only drills ask for it

    known = {*catalogue(), BLIND}
    if name not in known:
        raise ValueError(f"{name!r} is no rule; {nearest(name, known)} (`driftpager list rules` shows all)")
    return name


class Scenario(Written):
    """What is pretended, and for how long. Everybody who is paged reads that it is practice."""

    title: Said
    """What happens, in a line; it is what people read on the page."""
    consequence: Annotated[str, Field(max_length=500)] = ""
    """What it would mean for us."""
    integration: str | None = None
    """Where; default the most critical one that is configured."""
    finding: Annotated[str, AfterValidator(_finding)] = "property.removed"
    """What is found, by a rule of the catalogue (`blind.unreachable`: nothing can be read): lanes and priority follow from it."""
    use: Literal["used", "coarse", "undeclared"] = "used"
    """Whether our side uses what breaks."""
    customers: Annotated[tuple[Said, ...], Field(max_length=100)] = ()
    """Whom it would affect. Their contracts count, and none of them is told anything."""
    priority: Literal["P1", "P2", "P3"] | None = None
    """The priority itself, instead of what follows from the rest."""
    lasts: Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(days=1))] = timedelta(minutes=30)
    """After this it ends by itself."""
    ends: Ends = Ends.ACKNOWLEDGED
    """`acknowledged`: as soon as everybody has answered who is asked to; `time`: only then, or when somebody resolves it."""


def scenarios(config_file: Path) -> Iterator[tuple[str, Path]]:
    """(name, file) of all there are, those of the team first; theirs take the place of ours of the same name."""
    found: dict[str, Path] = {}
    for folder in (config_file.parent / FOLDER, BUILT_IN):
        for path in sorted(folder.glob("*.yml")):
            found.setdefault(path.stem, path)
    yield from found.items()


def load_scenario(path: Path, environ: Mapping[str, str], integrations: Mapping[str, object]) -> Scenario:
    """The scenario in `path`. Raises `ConfigError` with every problem found, each with its line and column."""
    problems: list[Problem] = []
    node = read(path, environ, problems)
    found = validate(Scenario, node, problems, at=Mark(file=str(path), line=1, column=1))
    if found is not None and found.integration is not None and found.integration not in integrations:
        text = f"'integration' is {found.integration!r}, which is not configured"
        mark = node.entries["integration"].mark
        problems.append(Problem(mark=mark, text=text, hint=nearest(found.integration, integrations)))
    if problems or found is None:
        raise ConfigError(problems)
    return found
