"""What we use of a schema, from a file of its own: `--usage`."""

from __future__ import annotations

import glob
from pathlib import Path

from monitor.cli.exits import BadConfiguration
from monitor.config.environment import environ
from monitor.config.problem import ConfigError, Problem
from monitor.config.read import read
from monitor.config.usage import usage_of
from monitor.config.validate import validate
from monitor.config.written import Uses
from schemas.usage import Usage

_KINDS = {".soql": "soql", ".graphql": "graphql", ".gql": "graphql", ".har": "har", ".pact": "pact"}
"""Ending to the key of a `usage:` block that such a file belongs to."""


def _recorded(path: Path) -> str | None:
    """The key for a recording that only its content tells: Pact files end in `.json`."""
    if path.suffix.lower() != ".json":
        return None
    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return None
    marks = (b'"interactions"', "pact"), (b'"messages"', "pact"), (b'"entries"', "har")
    return next((kind for mark, kind in marks if mark in content), None)


def usage_from(file: str) -> Usage:
    """The usage in `file`: the keys of a `usage:` block as YAML, or a file that shows our use by the name it ends in.

    Raises `BadConfiguration` with every mistake.
    """
    path = Path(file)
    problems: list[Problem] = []
    kind = _KINDS.get(path.suffix.lower()) or _recorded(path)
    if kind is not None:
        from monitor.config.problem import Mark
        from monitor.config.tree import Entries

        here = Entries(entries={}, keys={}, mark=Mark(file=file))
        named = glob.escape(str(path.absolute()))
        usage = usage_of(Uses.model_validate({kind: named}), here, path.absolute().parent, problems)
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
