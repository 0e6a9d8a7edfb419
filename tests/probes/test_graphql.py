"""The GraphQL probe against servers of several ages, made with graphql-core."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import build_client_schema, build_schema, graphql_sync, print_schema

from monitor.demo.vendor import Asked, Misbehave, Reply, Vendor
from probes.errors import Refused, Unfit, Unreachable, Withdrawn
from probes.graphql import GraphQLProbe
from probes.probe import NotModified, Served, Tools
from schemas.change import Impact
from schemas.compare import compare

SDL = """
directive @cost(weight: Int = 1, unit: String) on FIELD_DEFINITION

type Query {
  pets(kind: Kind, oldName: String @deprecated(reason: "use kind")): [Pet!]!
  owner: Owner
}

interface Named { name: String! }

type Pet implements Named { name: String! kind: Kind! born: Date age: Int @deprecated(reason: "use born") }

type Owner implements Named { name: String! pets: [Pet!] }

union Anything = Pet | Owner

enum Kind { CAT DOG BIRD @deprecated(reason: "flown away") }

input Wish { kind: Kind!, note: String @deprecated(reason: "nobody reads it") }

scalar Date @specifiedBy(url: "https://example.com/date")
"""


def answering(
    sdl: str = SDL, *, refuses: tuple[str, ...] = (), status: int = 200, shuffled: bool = False
) -> Callable[[Asked], Reply]:
    """A GraphQL server. `refuses` are words of the query that make it refuse the whole, as an old server does."""
    schema = build_schema(sdl)

    def answer(asked: Asked) -> Reply:
        query = json.loads(asked.body)["query"]
        unknown = [word for word in refuses if word in query]
        if unknown:
            return reply({"errors": [{"message": f'Cannot query field "{unknown[0]}"'}]}, status)
        data = graphql_sync(schema, query).data
        assert data is not None
        if shuffled:
            data["__schema"]["types"].reverse()
            for each in data["__schema"]["types"]:
                for members in (each["fields"], each["enumValues"], each["possibleTypes"], each["inputFields"]):
                    (members or []).reverse()
        return reply({"extensions": {"tracing": len(query)}, "data": data} if shuffled else {"data": data})

    return answer


def reply(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def probe(base: str, **changed: Any) -> GraphQLProbe:
    return GraphQLProbe.model_validate({"kind": "graphql", "url": f"{base}/graphql", "private": True, **changed})


async def fetched(of: GraphQLProbe, tools: Tools) -> bytes:
    got = await of.fetch(tools, {})
    assert isinstance(got, Served)
    return got.document.content


async def test_introspection_brings_the_whole_schema_with_what_is_deprecated(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering()
    data = json.loads(await fetched(probe(base), tools))["data"]
    printed = print_schema(build_client_schema(data))
    for part in (
        "age: Int @deprecated",
        "BIRD @deprecated",
        "oldName: String @deprecated",
        "note: String @deprecated",
        "@specifiedBy",
    ):
        assert part in printed


async def test_equal_schemas_are_equal_bytes_in_whatever_order_they_come(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering()
    first = await fetched(probe(base), tools)
    vendor.answer = answering(shuffled=True)
    assert await fetched(probe(base), tools) == first


async def test_a_changed_schema_is_other_bytes(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering()
    first = await fetched(probe(base), tools)
    vendor.answer = answering(SDL.replace("born: Date", ""))
    assert await fetched(probe(base), tools) != first


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("refuses", "requests"),
    [
        (("isOneOf",), 2),
        (("isOneOf", "inputFields(includeDeprecated"), 3),
        (("isOneOf", "inputFields(includeDeprecated", "specifiedByURL", "isRepeatable"), 4),
    ],
)
async def test_an_older_server_gets_an_older_query_and_is_remembered(
    vendor: Vendor, base: str, tools: Tools, refuses: tuple[str, ...], requests: int, status: int
) -> None:
    vendor.answer = answering(refuses=refuses, status=status)
    first = await fetched(probe(base), tools)
    assert len(vendor.asked) == requests
    assert await fetched(probe(base), tools) == first
    assert len(vendor.asked) == requests + 1


async def test_what_was_learned_is_forgotten_once_it_no_longer_works(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering(refuses=("isOneOf",))
    await fetched(probe(base), tools)
    vendor.answer = lambda asked: reply({"data": {"__schema": None}})
    with pytest.raises(Unfit):
        await probe(base).fetch(tools, {})
    vendor.answer = answering()
    assert b"isOneOf" in await fetched(probe(base), tools)


@pytest.mark.parametrize(
    "off",
    [
        reply({"errors": [{"message": "nope", "extensions": {"code": "INTROSPECTION_DISABLED"}}]}, 400),
        reply({"errors": [{"message": "GraphQL introspection is not allowed by Apollo Server"}]}, 400),
        reply({"data": None, "errors": [{"message": "introspection has been disabled"}]}),
    ],
)
async def test_introspection_switched_off_is_said_after_one_request(vendor: Vendor, base: str, tools: Tools, off: Reply) -> None:
    vendor.answer = lambda asked: off
    with pytest.raises(Unfit, match="has introspection switched off; give `sdl_url`"):
        await probe(base).fetch(tools, {})
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        reply({"data": {"__schema": None}}),
        reply({"data": {"__schema": {"types": []}}}),
        reply({"data": {"__schema": {"types": "all"}}}),
        reply({"data": []}),
        reply([1]),
        reply({"errors": "no"}, 400),
        reply({"errors": [None, "x", {"message": 5, "extensions": "no"}]}, 422),
        Reply(status=200, headers={"content-type": "application/json"}, body=b"not json"),
    ],
)
async def test_no_schema_in_any_age_is_unfit(vendor: Vendor, base: str, tools: Tools, answer: Reply) -> None:
    vendor.answer = lambda asked: answer
    with pytest.raises(Unfit, match="answers no introspection query with a schema; give `sdl_url`"):
        await probe(base).fetch(tools, {})


async def test_where_introspection_is_off_the_sdl_file_stands_in_with_its_validators(
    vendor: Vendor, base: str, tools: Tools
) -> None:
    vendor.answer = lambda asked: reply({"data": {"__schema": None}})
    vendor.publish("/schema.graphql", SDL.encode(), media_type="text/plain")
    with_sdl = probe(base, sdl_url=f"{base}/schema.graphql", headers={"X-Key": "s3cret"})
    first = await with_sdl.fetch(tools, {})
    assert isinstance(first, Served)
    assert first.document.content == SDL.encode()
    assert await with_sdl.fetch(tools, first.validators) == NotModified()
    assert all("x-key" not in asked.headers for asked in vendor.requests("/schema.graphql"))


async def test_the_file_says_that_it_stands_in_for_a_server_that_introspected_before(
    vendor: Vendor, base: str, tools: Tools
) -> None:
    with_sdl = probe(base, sdl_url=f"{base}/schema.graphql")
    vendor.publish("/schema.graphql", SDL.encode(), media_type="text/plain")
    vendor.answer = answering()
    before = await with_sdl.fetch(tools, {})
    vendor.answer = lambda asked: reply({"errors": [{"message": "introspection has been disabled"}]})
    after = await with_sdl.fetch(tools, {})
    assert isinstance(before, Served)
    assert isinstance(after, Served)

    (finding,) = compare(before.document, after.document, format="graphql").findings
    assert (finding.rule, finding.impact, finding.notice) == ("gql.introspection-off", Impact.SAFE, True)
    assert compare(after.document, replace(after.document, content=SDL.encode() + b"\n"), format="graphql").findings == ()


async def test_a_schema_with_errors_beside_it_counts(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering()
    whole = await fetched(probe(base), tools)
    data = json.loads(whole)["data"]
    vendor.answer = lambda asked: reply({"errors": [{"message": "an extension was slow"}], "data": data})
    assert await fetched(probe(base), tools) == whole


async def test_a_schema_nested_too_deep_is_unfit(vendor: Vendor, base: str, tools: Tools) -> None:
    deep: Any = None
    for _ in range(500):
        deep = {"ofType": deep}
    types = [{"name": "T", "fields": [{"name": "f", "args": [], "type": deep}]}]
    vendor.answer = lambda asked: reply({"data": {"__schema": {"types": types}}})
    with pytest.raises(Unfit, match="nested too deep"):
        await probe(base).fetch(tools, {})


@pytest.mark.parametrize(("status", "error"), [(401, Refused), (404, Withdrawn), (410, Withdrawn), (503, Unreachable)])
async def test_statuses_mean_what_they_mean_elsewhere(
    vendor: Vendor, base: str, tools: Tools, status: int, error: type[Exception]
) -> None:
    vendor.next("/graphql", Reply(status=status))
    with pytest.raises(error):
        await probe(base).fetch(tools, {})
    assert len(vendor.asked) == 1


async def test_a_login_page_is_unfit_at_once(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.next("/graphql", Misbehave.LOGIN_PAGE)
    with pytest.raises(Unfit, match="a web page"):
        await probe(base).fetch(tools, {})
    assert len(vendor.asked) == 1


async def test_the_query_goes_as_json_with_the_credentials(vendor: Vendor, base: str, tools: Tools) -> None:
    vendor.answer = answering()
    await fetched(probe(base, auth={"kind": "bearer", "token": "s3cret"}), tools)
    asked = vendor.asked[0]
    assert (asked.headers["authorization"], asked.headers["content-type"]) == ("Bearer s3cret", "application/json")
    assert json.loads(asked.body)["operationName"] == "IntrospectionQuery"
