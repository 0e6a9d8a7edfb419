"""The command line. Nothing heavy is imported here: each command brings its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from monitor.cli.exits import Exit, Stopped
from monitor.cli.group import COMMANDS, LazyGroup, ReaderGone
from monitor.report.clean import clean


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings at or over the threshold, 2 could not check, 3 usage or configuration.",
)
@click.version_option(package_name="driftpager", prog_name="driftpager", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Pages the right person, with the exact change, when a vendor breaks the API you depend on.

    \b
    Examples:
      driftpager init                      write a configuration to start from
      driftpager check                     is it right? what does it watch?
      driftpager diff old.json new.json    what breaks between two documents
    """
    ctx.obj = debug
    if ctx.color is None and _no_color():
        ctx.color = False


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its documented code."""
    given = sys.argv[1:] if args is None else list(args)
    sys.exit(_run(given))


def _run(args: Sequence[str]) -> int:
    _lead_somewhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is no reason to fail
    try:
        ended = cli.main(args=list(args), prog_name="driftpager", standalone_mode=False)
        sys.stdout.flush()
        return ended if isinstance(ended, int) else Exit.CLEAN
    except Stopped as stopped:
        stopped.show()
        return int(stopped.exit_code)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context is not None else "driftpager"
        click.echo(f"driftpager: {clean(error.format_message())} (try `{command} --help`)", err=True)
        return Exit.USAGE
    except click.Abort:
        click.echo("driftpager: interrupted", err=True)
        return 130
    except (ReaderGone, BrokenPipeError):
        # Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if "--debug" in args:
            raise
        click.echo(f"driftpager: internal error ({_place(error)}); run with --debug for the traceback", err=True)
        return Exit.UNCHECKED


def _lead_somewhere() -> None:
    """A stream that was closed before we began (`>&-`) leads nowhere from here on. Left closed, its number would go to the next
    file that is opened, and what is printed with it: into the database."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - open until the process ends


def _place(error: BaseException) -> str:
    """The kind of an error and the line it came from, never its text: that may hold anything."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"


def _no_color() -> bool:
    from monitor.config.environment import environ

    return bool(environ().get("NO_COLOR"))
