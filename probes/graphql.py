"""A GraphQL endpoint by introspection, or by a published SDL file where introspection is off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from typing import Any, Literal

import orjson
from pydantic import Field

from probes.answers import conditions, host_of, identity, public, refuse_by_status, refuse_no_document, served
from probes.block import MEGABYTE, Auth, Block, Headers, Size, WebAddress, secret_headers
from probes.errors import Unfit
from probes.probe import Answer, Fetched, NotModified, Probe, Served, Tools
from schemas.document import Document
from schemas.graphql.model import INTROSPECTION

_IN_A_THREAD = 256 * 1024
"""From this many bytes on, an answer is put in order outside the loop."""

_OFF = ("disabled", "not allowed", "not permitted", "not authorized", "forbidden", "turned off", "switched off")


class _Age(IntEnum):
    """The introspection query, newest first. A server refuses the whole query for one part that it does not know."""

    NEWEST = 0
    WITHOUT_ONE_OF = 1
    WITHOUT_INPUT_DEPRECATION = 2
    OLDEST = 3


def _query(age: _Age) -> str:
    from graphql import get_introspection_query

    return get_introspection_query(
        descriptions=False,  # words alone never break anybody, and would make a snapshot each time they are polished
        one_of=age < _Age.WITHOUT_ONE_OF,
        input_value_deprecation=age < _Age.WITHOUT_INPUT_DEPRECATION,
        specified_by_url=age < _Age.OLDEST,
        directive_is_repeatable=age < _Age.OLDEST,
    )


class GraphQLProbe(Block):
    """`kind: graphql`. The document is the introspection result in a fixed order, so that equal schemas are equal bytes."""

    kind: Literal["graphql"] = "graphql"
    url: WebAddress
    sdl_url: WebAddress | None = Field(default=None, description="an SDL file to use where introspection is off")
    headers: Headers = Field(default_factory=dict, description="sent to `url` alone; values may be env: or file: references")
    auth: Auth | None = Field(default=None, description="for `url` alone")
    max_bytes: Size = 64 * MEGABYTE
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for each exchange")
    private: bool = Field(default=False, description="allow loopback and private networks")

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return "graphql"

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """Introspect, with an older query where a newer one is refused; raises `probes.errors`."""
        learned = f"graphql {identity(self.url)}"
        off = False
        for age in list(_Age)[int(tools.session.learned.get(learned, "0")) :]:
            answer = await self._introspect(tools, _query(age))
            said = _json(answer.body)
            schema = _schema(said)
            if schema is not None:
                tools.session.learned[learned] = str(int(age))
                return await _ordered(answer, schema)
            if answer.status not in (200, 400, 422):
                refuse_by_status(answer)
            if answer.status == 200:
                refuse_no_document(answer)
            off = _is_off(said)
            if off:
                break
        # What was learned may be out of date: the next fetch begins with the newest query again.
        tools.session.learned.pop(learned, None)
        if self.sdl_url is not None:
            return _instead(await self._sdl(self.sdl_url, tools, known))
        why = "has introspection switched off" if off else "answers no introspection query with a schema"
        raise Unfit(f"{host_of(self.url)} {why}; give `sdl_url`, or credentials that may introspect")

    async def _introspect(self, tools: Tools, query: str) -> Answer:
        return await tools.http.request(
            "POST",
            self.url,
            headers={
                "accept": "application/graphql-response+json, application/json;q=0.9",
                **secret_headers(self.headers, self.auth),
                "content-type": "application/json",
            },
            content=orjson.dumps({"query": query, "operationName": "IntrospectionQuery"}),
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            private=self.private,
        )

    async def _sdl(self, url: str, tools: Tools, known: Mapping[str, str]) -> Fetched:
        of = identity(url)
        asked = conditions(known, of)
        answer = await tools.http.request(
            "GET", url, headers=asked, deadline=self.deadline, max_bytes=self.max_bytes, private=self.private
        )
        if answer.status == 304 and asked:
            return NotModified()
        refuse_by_status(answer)
        refuse_no_document(answer)
        return served(answer, of)


def _instead(fetched: Fetched) -> Fetched:
    """The file, marked: it stands in for what the server does not tell, and what was introspected so far has lost its source."""
    if not isinstance(fetched, Served):
        return fetched
    headers = {**fetched.document.headers, INTROSPECTION: "off"}
    return replace(fetched, document=replace(fetched.document, headers=headers))


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _schema(said: Any) -> dict[str, Any] | None:
    """The `__schema` of an answer if there is a whole one. Errors beside it (a slow extension, say) do not matter."""
    data = said.get("data") if isinstance(said, dict) else None
    schema = data.get("__schema") if isinstance(data, dict) else None
    whole = isinstance(schema, dict) and isinstance(schema.get("types"), list) and schema["types"]
    return schema if whole else None


def _is_off(said: Any) -> bool:
    """True if the errors say that introspection is off, by code or in words (each server has its own)."""
    errors = said.get("errors") if isinstance(said, dict) else None
    for error in errors if isinstance(errors, list) else []:
        if not isinstance(error, dict):
            continue
        extensions = error.get("extensions")
        code = extensions.get("code") if isinstance(extensions, dict) else None
        words = " ".join(text for text in (error.get("message"), code) if isinstance(text, str)).lower()
        if "introspection" in words and any(word in words for word in _OFF):
            return True
    return False


async def _ordered(answer: Answer, schema: dict[str, Any]) -> Served:
    if len(answer.body) >= _IN_A_THREAD:
        content = await asyncio.to_thread(_canonical, schema, answer)
    else:
        content = _canonical(schema, answer)
    return Served(document=Document(content=content, source=public(answer.url), media_type="application/json"))


def _canonical(schema: dict[str, Any], answer: Answer) -> bytes:
    """The schema alone, members by name: servers list types in any order and add timings beside the data."""
    for directive in _sorted(schema, "directives"):
        _sorted(directive, "args")
    for each in _sorted(schema, "types"):
        for member in _sorted(each, "fields"):
            _sorted(member, "args")
        for name in ("inputFields", "enumValues", "interfaces", "possibleTypes"):
            _sorted(each, name)
    try:
        return orjson.dumps({"data": {"__schema": schema}}, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise Unfit(f"{host_of(answer.url)} answered introspection with something nested too deep") from None


def _sorted(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Sort one list of named things in place and give it; empty where there is no such list."""
    found = holder.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return []
    found.sort(key=lambda each: str(each.get("name")))
    return found


PROBE = GraphQLProbe
