"""Runs commands in this process, as a shell would see them, and documents for them to read."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from monitor.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def run(*args: str) -> Ended:
    """Run `driftpager ARGS` with its output caught, as in a pipe."""
    out, err = io.StringIO(), io.StringIO()
    collecting, handlers = gc.isenabled(), logging.getLogger().handlers[:]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(list(args))
    except SystemExit as ended:
        return Ended(code=int(ended.code or 0), out=out.getvalue(), err=err.getvalue())
    finally:
        # A command is a process of its own, and sets some things for the whole of it.
        if collecting:
            gc.enable()
        logging.captureWarnings(False)
        logging.getLogger().handlers[:] = handlers
        structlog.reset_defaults()
    raise AssertionError("a command always ends by exiting")


def field(name: str, **differences: Any) -> Mapping[str, Any]:
    """A field of an sObject, as a describe answer has it."""
    return {"name": name, "type": "string", "length": 80, "nillable": True, "createable": True, "updateable": True} | differences


def describe(*fields: Mapping[str, Any]) -> str:
    """A small describe answer of an invented object."""
    return json.dumps({"name": "Crate", "fields": list(fields), "recordTypeInfos": [], "childRelationships": []})


def lines(text: str) -> Sequence[str]:
    return text.splitlines()
