"""What a log line looks like, and what never gets into one."""

from __future__ import annotations

import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from monitor.log import BLOT, Overheard, Scrubber, configure, log

SECRET = "s3cr3t/with+signs=and:more"


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 5, 6, 7, 891000, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(stream=stream, clock=Stopped(), scrubber=Scrubber([SECRET]))
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    with logging_to(io.StringIO()) as stream:
        yield stream


def only_line(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_line_is_one_json_object_with_time_level_event_and_facts(written: io.StringIO) -> None:
    log.warning("drift.found", target="crm/Account", breaking=2)
    assert only_line(written) == {
        "at": "2026-03-04T05:06:07.891+00:00",
        "level": "warning",
        "event": "drift.found",
        "target": "crm/Account",
        "breaking": 2,
    }


def test_a_line_break_in_a_fact_cannot_forge_a_line(written: io.StringIO) -> None:
    log.info("probe.missed", because='x\n{"event": "forged"}')
    assert only_line(written)["event"] == "probe.missed"


def test_what_is_below_the_level_is_not_written(written: io.StringIO) -> None:
    log.debug("slot.taken")
    assert written.getvalue() == ""


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        f"refused: {SECRET}!",
        quote(SECRET, safe=""),
        f"https://example.com/?q={quote(SECRET, safe='')}",
        b64encode(SECRET.encode()).decode(),
        ["nested", {"deep": (SECRET,)}],
        {SECRET: 1},
        ValueError(SECRET),
        SECRET.encode(),
    ],
    ids=repr,
)
def test_a_known_secret_never_gets_out(written: io.StringIO, said: object) -> None:
    log.error("page.failed", because=said)
    assert SECRET not in json.dumps(only_line(written))
    assert BLOT in written.getvalue()
    for form in (SECRET, quote(SECRET, safe=""), b64encode(SECRET.encode()).decode().rstrip("=")):
        assert form not in written.getvalue()


def test_a_traceback_is_scrubbed_too(written: io.StringIO) -> None:
    try:
        raise RuntimeError(f"the vendor said {SECRET}")
    except RuntimeError:
        log.exception("target.failed")
    line = only_line(written)
    assert "RuntimeError" in line["exception"]
    assert SECRET not in line["exception"]


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("Authorization: Bearer 0123456789abcdef", "0123456789abcdef"),
        ("Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        ("postgresql+asyncpg://drift:hunter2@db/drift", "hunter2"),
        ("GET /x?access_token=abc123&page=2", "abc123"),
        ("a JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "eyJzdWIiOiIxIn0"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- tail", "MIIEow"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow cut sho", "MIIEow"),
    ],
)
def test_what_looks_like_a_secret_is_taken_for_one(said: str, gone: str) -> None:
    assert gone not in Scrubber().text(said)


@pytest.mark.parametrize("key", ["password", "client_secret", "routing_key", "access-token", "Authorization", "tokens"])
def test_what_stands_under_a_secrets_name_is_not_written(written: io.StringIO, key: str) -> None:
    log.info("vendor.asked", **{key: "plain words"})
    assert only_line(written)[key] == BLOT


@pytest.mark.parametrize("said", ["the key was pressed", "monkey=banana", "secretary", "a token of thanks", "5 tokens"])
def test_ordinary_words_stay(said: str) -> None:
    assert Scrubber(["abc"]).text(said) == said


def test_a_key_file_is_found_line_by_line() -> None:
    pem = "-----BEGIN X-----\n" + "A" * 64 + "\n" + "B" * 64 + "\n-----END X-----\n"
    assert Scrubber([pem]).text(f"near {'B' * 64}") == f"near {BLOT}"


def test_a_secret_learned_later_is_scrubbed_and_the_earlier_one_still_is() -> None:
    scrubber = Scrubber(["first-secret"])
    scrubber.learn(["second-secret"])
    assert scrubber.text("first-secret second-secret") == f"{BLOT} {BLOT}"


def test_libraries_are_heard_from_warning_on_and_their_addresses_end_at_the_host(written: io.StringIO) -> None:
    library = logging.getLogger("somebody.else")
    library.info("quiet")
    library.warning("no answer from %s", f"https://hooks.example.com/services/T000/{SECRET}?x=1")
    line = only_line(written)
    assert line["event"] == "library.warned"
    assert line["library"] == "somebody.else"
    assert line["text"] == "no answer from https://hooks.example.com"


def test_a_librarys_own_mistake_in_a_message_is_no_error_of_ours(written: io.StringIO) -> None:
    Overheard().emit(logging.LogRecord("somebody.else", logging.WARNING, "there.py", 1, "%d items", ("many",), None))
    assert only_line(written)["text"] == "%d items"


def test_a_full_disk_behind_the_log_stops_nobody() -> None:
    class Full(io.StringIO):
        tried = 0

        def write(self, text: str) -> int:
            self.tried += 1
            raise OSError(28, "No space left on device")

    with logging_to(Full()) as stream:
        log.info("work.done")
    assert isinstance(stream, Full)
    assert stream.tried == 1


def test_a_terminal_gets_words_without_secrets() -> None:
    with logging_to(Terminal()) as stream:
        log.info("page.sent", to="ana", because=SECRET)
    assert "page.sent" in stream.getvalue()
    assert "ana" in stream.getvalue()
    assert SECRET not in stream.getvalue()
