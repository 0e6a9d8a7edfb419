"""What commands that need the configuration have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.exits import BadConfiguration

if TYPE_CHECKING:
    from monitor.config import Config

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "driftpager.yml"


def config_option(function: F) -> F:
    """`--config`, default `driftpager.yml` in the working directory."""
    return click.option(
        "--config",
        "-c",
        "file",
        default=DEFAULT,
        show_default=True,
        envvar="DRIFTPAGER_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="The configuration.",
    )(function)


def configured(file: str) -> Config:
    """The configuration in `file`. Raises `BadConfiguration` with every problem in it."""
    from monitor.config import ConfigError, environ, load

    try:
        return load(Path(file), environ())
    except ConfigError as error:
        raise BadConfiguration(str(error)) from None
