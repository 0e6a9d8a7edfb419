"""The configuration: read once into a frozen value, with every mistake named by file, line and column.

Names are imported on first use: reading the environment must not cost a command that needs no configuration the models.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.config.config import Config, Customer, Integration, Target
    from monitor.config.environment import environ
    from monitor.config.loader import load
    from monitor.config.problem import ConfigError, Mark, Problem

__all__ = ["Config", "ConfigError", "Customer", "Integration", "Mark", "Problem", "Target", "environ", "load"]

_PLACES = {
    "Config": "config",
    "ConfigError": "problem",
    "Customer": "config",
    "Integration": "config",
    "Mark": "problem",
    "Problem": "problem",
    "Target": "config",
    "environ": "environment",
    "load": "loader",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
