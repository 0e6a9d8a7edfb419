"""`driftpager list`: what there is to choose from, and what is configured."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from monitor.cli.configured import config_option, configured
from monitor.cli.exits import BadConfiguration, Exit
from monitor.cli.output import as_json, output_option, table
from schemas.document import Json

if TYPE_CHECKING:
    from monitor.plugins import Family

Listed = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""The columns, and the rows under them."""

WHAT = ("formats", "probes", "rules", "channels", "targets")


@click.command(name="list", short_help="Formats, probes, rules, channels, targets.")
@click.argument("what", type=click.Choice(WHAT))
@config_option
@output_option("text", "json")
def listing(what: str, file: str, output: str) -> int:
    """List what WHAT names: formats, probes (kinds of targets), rules, channels (their kinds), or the configured targets.

    \b
    Examples:
      driftpager list formats
      driftpager list rules --output json
      driftpager list targets --config staging.yml
    """
    makers: dict[str, Callable[[], Listed]] = {
        "formats": _formats,
        "probes": _probes,
        "rules": _rules,
        "channels": _channels,
        "targets": lambda: _targets(file),
    }
    columns, rows = makers[what]()
    if output == "json":
        as_json([_row(columns, row) for row in rows])
    else:
        table(columns, rows)
    return Exit.CLEAN


def _row(columns: tuple[str, ...], row: tuple[str, ...]) -> Json:
    return dict(zip(columns, row, strict=True))


def _formats() -> Listed:
    from schemas import formats

    return ("format", "what"), [(name, first_line(type(formats.load(name)))) for name in formats.names()]


def _probes() -> Listed:
    from monitor.plugins import Family

    return _kinds(Family.PROBE)


def _channels() -> Listed:
    from monitor.plugins import Family

    return _kinds(Family.CHANNEL)


def _kinds(family: Family) -> Listed:
    from monitor.plugins import BrokenPlugin, kinds

    try:
        found = kinds(family)
    except BrokenPlugin as error:
        raise BadConfiguration(str(error)) from None
    return ("kind", "what"), [(kind, first_line(model)) for kind, model in found.items()]


def first_line(model: type) -> str:
    """What the module of a kind promises in its first line; that of the class where it promises nothing."""
    told = sys.modules[model.__module__].__doc__ or model.__doc__ or ""
    return told.strip().split("\n\n")[0].replace("\n", " ")


def _rules() -> Listed:
    from monitor.cli.rules import WORDS
    from schemas.rules import catalogue

    rows: list[tuple[str, ...]] = [
        (rule.id, WORDS[rule.request], WORDS[rule.response], rule.condition) for rule in catalogue().values()
    ]
    return ("rule", "request", "response", "when"), rows


def _targets(file: str) -> Listed:
    config = configured(file)
    rows: list[tuple[str, ...]] = [
        (target.name, target.probe.kind, target.format or "", str(target.every)) for target in config.targets
    ]
    return ("target", "kind", "format", "every"), rows
