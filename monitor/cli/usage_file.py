"""What we use of a schema, from a file of its own: `--usage`."""

from __future__ import annotations

from pathlib import Path

from monitor.cli.exits import BadConfiguration
from monitor.config.environment import environ
from monitor.config.problem import ConfigError, Problem
from monitor.config.read import read
from monitor.config.usage import usage_of
from monitor.config.validate import validate
from monitor.config.written import Uses
from schemas.usage import Usage


def usage_from(file: str) -> Usage:
    """The usage in `file`: the keys of a `usage:` block as YAML, or queries where it ends in `.soql`.

    Raises `BadConfiguration` with every mistake.
    """
    path = Path(file)
    problems: list[Problem] = []
    if path.suffix == ".soql":
        from monitor.config.problem import Mark
        from monitor.config.tree import Entries

        here = Entries(entries={}, keys={}, mark=Mark(file=file))
        usage = usage_of(Uses(soql=str(path.absolute())), here, path.parent, problems)
    else:
        try:
            node = read(path, environ(), problems)
        except ConfigError as error:
            raise BadConfiguration(str(error)) from None
        uses = validate(Uses, node, problems)
        usage = usage_of(uses, node, path.parent, problems) if uses is not None else Usage()
    if problems:
        raise BadConfiguration(str(ConfigError(problems)))
    return usage
