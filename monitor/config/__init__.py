"""The configuration: read once into a frozen value, with every mistake named by file, line and column."""

from monitor.config.config import Config, Customer, Integration, Target
from monitor.config.environment import environ
from monitor.config.load import load
from monitor.config.problem import ConfigError, Mark, Problem, nearest

__all__ = ["Config", "ConfigError", "Customer", "Integration", "Mark", "Problem", "Target", "environ", "load", "nearest"]
