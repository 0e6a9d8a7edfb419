"""Logs: events in the past tense with their facts (`drift.found`, target, counts), never sentences, never a secret.

A terminal gets aligned words, anything else one JSON object a line. Every string on its way out passes a `Scrubber`, also
those of libraries, whose own sentences come as `library.warned` with any address cut down to its host.
"""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, MutableMapping
from typing import IO, Any
from urllib.parse import quote

import orjson
import structlog

from monitor.clock import Clock

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
"""The one logger: `log.info("drift.found", target=name, breaking=2)`."""

SHORTEST = 6
"""Secrets shorter than this are not searched for: they would blot out ordinary words."""

BLOT = "[secret]"

_SECRET_KEY = re.compile(
    r"(?:^|[_.-])(password|passwd|secret|token|authorization|cookie|assertion|api_?key|private_?key|routing_?key)s?$", re.I
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), BLOT),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), BLOT),
    (re.compile(r"\b(bearer|basic|token token=)\s*[\w.~+/=-]{8,}", re.I), rf"\1 {BLOT}"),
    (re.compile(r"(\w://)[^\s/@]+@"), rf"\1{BLOT}@"),
    (re.compile(r"([?&;](?:[\w-]*(?:token|key|secret|password|signature|assertion)|sig|code)=)[^&\s\"'#]+", re.I), rf"\1{BLOT}"),
)
_ADDRESS = re.compile(r"(https?://[^\s/?#\"']+)[^\s\"']*")


class Scrubber:
    """Takes secrets out of text: the ones it was told of, in the encodings they travel in, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Search for these from now on too; a reload brings new ones, and the old ones may still be on their way out."""
        forms = (form for secret in secrets for form in _forms(secret))
        self._known |= {form for form in forms if len(form) >= SHORTEST}
        longest_first = sorted(self._known, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text with every secret blotted out."""
        if self._pattern is not None:
            text = self._pattern.sub(BLOT, text)
        for shape, blotted in _SHAPES:
            text = shape.sub(blotted, text)
        return text

    def value(self, value: object, key: str = "") -> object:
        """The value, fit for JSON, with every string in it scrubbed; what stands under a secret's name is not looked at."""
        match value:
            case None | bool() | int() | float():
                return value
            case _ if _SECRET_KEY.search(key):
                return BLOT
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(name)): self.value(each, str(name)) for name, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(each) for each in value]
            case _:
                return self.text(str(value))


def _forms(secret: str) -> Iterable[str]:
    """As it is, in a URL, in Basic authorisation, and line by line where it is a key file."""
    yield secret
    yield quote(secret, safe="")
    yield b64encode(secret.encode()).decode().rstrip("=")
    if "\n" in secret:
        yield from (line for line in secret.splitlines() if len(line) >= 4 * SHORTEST)


def configure(*, stream: IO[str], clock: Clock, scrubber: Scrubber, level: str = "info") -> None:
    """Send every log line to `stream`, at `level` (debug, info, warning, error) and above; libraries from warning on."""

    def stamped(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"at": clock.now().isoformat(timespec="milliseconds"), **event}

    def scrubbed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {name: scrubber.value(value, name) for name, value in event.items()}

    written: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=structlog.dev.plain_traceback)
        if stream.isatty()
        else structlog.processors.JSONRenderer(serializer=_json)
    )
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        stamped,
        scrubbed,
    ]
    lines = Lines(stream)
    structlog.configure(
        processors=[*before, written],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(lines),  # type: ignore[arg-type] # because it only needs write and flush
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[Overheard()], force=True)


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class Overheard(logging.Handler):
    """What libraries log, as one of our events. Their addresses may carry what is not ours to write down."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):  # a library's mistake in its own format string
            said = str(record.msg)
        said = _ADDRESS.sub(r"\1", said)
        tell = log.error if record.levelno >= logging.ERROR else log.warning
        tell("library.warned", library=record.name, text=said, exc_info=record.exc_info or None)


class Lines:
    """The stream, forgiving: a full disk or a closed pipe behind the log must not stop the work that is logged."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.lost = 0

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except (OSError, ValueError):  # ValueError: the stream is closed
            self.lost += 1

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self.lost += 1
