"""Every secret of a configuration, for whoever has to keep them out of logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from monitor.config.config import Config


def secrets_of(config: Config) -> frozenset[str]:
    """The values of all secrets in probes, channels, the matrix and our own watch, and the store's password. Never print them."""
    holders = (*(t.probe for t in config.targets), *config.channels.values(), config.matrix, config.watch)
    found = {secret for each in holders for secret in _within(each)}
    password = urlsplit(config.store).password
    return frozenset(found | ({password} if password else set()))


def _within(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _within(getattr(value, name))
        case Mapping():
            for each in value.values():
                yield from _within(each)
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _within(each)
