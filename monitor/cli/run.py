"""`driftpager run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from monitor.cli.configured import config_option, configured
from monitor.cli.exits import BadConfiguration, CouldNotCheck, Exit, Misused

if TYPE_CHECKING:
    from monitor.engine import Engine


@click.command(short_help="Watch, and page: the daemon.")
@config_option
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True)
@click.option("--new-store", is_flag=True, help="Begin an empty database though one was kept there before.")
def run(file: str, log_level: str, new_store: bool) -> int:
    """Watch every configured target, and page when one breaks. Runs until it gets SIGTERM or Ctrl-C; SIGHUP reloads the
    configuration, or keeps the old one and says why. Logs go to standard error: words on a terminal, else JSON lines.

    \b
    Examples:
      driftpager run
      driftpager run --config /etc/driftpager/driftpager.yml
      driftpager run --log-level debug 2> driftpager.log

    Exit 0: stopped in order; 2: cannot start (database, port, another daemon); 3: configuration.
    """
    config = configured(file)

    from monitor import daemon, log
    from monitor.clock import SystemClock
    from monitor.config import ConfigError, environ
    from monitor.config.secrets import secrets_of
    from monitor.store import StoreError
    from monitor.web.security import Exposed
    from monitor.web.server import PortTaken

    clock = SystemClock()
    scrubber = log.Scrubber(secrets_of(config))
    log.configure(stream=sys.stderr, clock=clock, scrubber=scrubber, level=log_level)
    try:
        asyncio.run(daemon.run(Path(file), environ(), clock=clock, started=_say, new_store=new_store, scrubber=scrubber))
    except ConfigError as error:
        raise BadConfiguration(str(error)) from None
    except Exposed as error:
        raise Misused(str(error)) from None
    except (StoreError, daemon.Busy, PortTaken) as error:
        raise CouldNotCheck(str(error)) from None
    finally:
        _give_up_on(sys.stderr)
    return Exit.CLEAN


def _give_up_on(stream: TextIO) -> None:
    """What could not be logged (the disk is full) would be tried once more at the very end, and become our exit code."""
    try:
        stream.flush()
    except OSError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _say(engine: Engine, url: str) -> None:
    """One line for a person who started it by hand; everybody else reads the log."""
    if sys.stdout.isatty():
        count = len(engine.config.targets)
        click.echo(f"Watching {count} target{'s' * (count != 1)}. Web page: {url}  Stop with Ctrl-C.")
