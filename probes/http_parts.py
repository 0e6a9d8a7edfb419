"""The parts of a document by URL: fetched where the document itself came from, each once, with validators of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import httpx
import orjson

from probes.answers import conditions, kept_headers, refuse_by_status, refuse_no_document
from probes.errors import Forbidden, ProbeError, Refused, Unfit, Unreachable, Withdrawn
from probes.parts import Gathering
from probes.probe import Answer, Served, Tools
from schemas.addresses import is_url, placed
from schemas.document import Import

PARTS = "parts"
"""The validator that holds those of the parts, as JSON."""
_AT_ONCE = 4
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How parts are asked for. `headers` are for the document's own origin, and go nowhere else; `hosts` are the others
    that are allowed, as `host` or `host:port`; `of` names the request, as for the document."""

    headers: Mapping[str, str]
    accept: str
    hosts: Collection[str]
    max_bytes: int
    deadline: timedelta
    private: bool
    of: str


async def whole(served: Served, asking: Asking, tools: Tools, *, format: str | None) -> Served:
    """The document with all its parts, and validators that are about all of them. Raises `probes.errors`."""
    gathering = Gathering(served.document, format=format, max_bytes=asking.max_bytes)
    origin, marks = served.document.source, list[Sequence[str]]()
    try:
        async with asyncio.timeout(asking.deadline.total_seconds()):
            while wanted := gathering.wanted():
                for few in (wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)):
                    answers = await asyncio.gather(*(_part(each, origin, asking, tools, gathering.left) for each in few))
                    for each, answer in zip(few, answers, strict=True):
                        marks.append(_taken(gathering, each, origin, answer, asking))
    except TimeoutError:
        raise Unreachable(
            f"what {origin} imports did not come within {asking.deadline.total_seconds():g} s together with it"
        ) from None
    if not marks:
        return served
    validators = {**served.validators, PARTS: orjson.dumps(marks).decode()} if served.validators else {}
    return Served(document=gathering.document, validators=validators)


async def unchanged(known: Mapping[str, str], asking: Asking, tools: Tools) -> bool:
    """Whether every part is as it was when `known` was put together; true where there were none."""
    marks = orjson.loads(known.get(PARTS, "[]"))
    for at in range(0, len(marks), _AT_ONCE):
        few = marks[at : at + _AT_ONCE]
        if not all(await asyncio.gather(*(_same(mark, asking, tools) for mark in few))):
            return False
    return True


def _taken(gathering: Gathering, each: Import, origin: str, answer: Answer | str, asking: Asking) -> Sequence[str]:
    """Put an answer, or the reason why nobody was asked, into the bundle; gives what to ask by next time."""
    address = placed(origin, each.at)
    if isinstance(answer, str):
        gathering.add(each.name, None, answer)
        return ("", "", "", "")
    if answer.status in _GONE:
        gathering.add(each.name, None, f"answered {answer.status}")
        return (address, "", "", "")
    kept = kept_headers(answer)
    gathering.add(each.name, answer.body)
    return (address, kept.get("etag", ""), kept.get("last-modified", ""), sha256(answer.body).hexdigest())


async def _part(each: Import, origin: str, asking: Asking, tools: Tools, left: int) -> Answer | str:
    """The answer, or why there is none to be had: what is not to be asked for is a gap that is told, not an error."""
    address = placed(origin, each.at)
    because = _barred(address, origin, asking)
    if because:
        return because
    try:
        return await _asked(address, origin, asking, tools, {}, left)
    except Forbidden as error:
        return str(error)
    except ProbeError as error:
        raise _named(error, f"the part {each.name}") from None


async def _same(mark: Sequence[str], asking: Asking, tools: Tools) -> bool:
    address, etag, modified, digest = mark
    if not address:
        return True  # it was not asked for, and would not be now
    known = {"of": asking.of, "etag": etag, "last-modified": modified}
    try:
        answer = await _asked(address, address, asking, tools, conditions(known, asking.of), asking.max_bytes)
    except ProbeError as error:
        raise _named(error, "a part of it") from None
    if answer.status == 304:
        return bool(etag or modified)
    if answer.status in _GONE:
        return not digest
    return sha256(answer.body).hexdigest() == digest


async def _asked(address: str, origin: str, asking: Asking, tools: Tools, asked: Mapping[str, str], left: int) -> Answer:
    own = _origin(address) == _origin(origin)
    answer = await tools.http.request(
        "GET",
        address,
        headers={"accept": asking.accept, **(asking.headers if own else {}), **asked},
        deadline=asking.deadline,
        max_bytes=max(left, 1),
        private=asking.private,
        within=frozenset({_origin(address), _origin(origin), *asking.hosts}),
    )
    if answer.status not in _GONE and not (answer.status == 304 and asked):
        refuse_by_status(answer)
        refuse_no_document(answer)
    return answer


def _barred(address: str, origin: str, asking: Asking) -> str:
    """Why the address is not asked; empty where it is."""
    if not is_url(address):
        return "is no address on the web"
    try:
        url, home = httpx.URL(address), httpx.URL(origin)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return "is no valid URL"
    if url.userinfo:
        return "its address holds a user or a password"
    if home.scheme == "https" and url.scheme == "http":
        return "its address is plain http, and that of the document is not"
    if _origin(address) != _origin(origin) and not {url.host, _origin(address)} & set(asking.hosts):
        return f"stands on another host; to have it fetched, write `imports_from: [{_origin(address)}]`"
    return ""


def _origin(address: str) -> str:
    """The host, and the port where it is not the usual one."""
    url = httpx.URL(address)
    return f"{url.host}:{url.port}" if url.port is not None else url.host


def _named(error: ProbeError, part: str) -> ProbeError:
    """The same error, saying that it is about a part."""
    text = f"{part}: {error}"
    match error:
        case Unreachable():
            return Unreachable(text, retry_after=error.retry_after)
        case Withdrawn():
            return Unfit(text)
        case Refused():
            return Refused(text)
        case Unfit():
            return Unfit(text)
        case _:
            return error
