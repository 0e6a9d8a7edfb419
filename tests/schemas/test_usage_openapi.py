"""What we declare and what recordings show, met with the changes of an API description, end to end through `compare`."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas import formats
from schemas.change import Finding, Impact, Use
from schemas.compare import compare
from schemas.document import Document
from schemas.lens import Lens
from schemas.usage import Usage
from schemas.usages import understand
from schemas.usages.recorded import Call, shape_of
from tests.conftest import RealData

Edit = Callable[[dict[str, Any]], Any]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}
SHOP: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://api.shop.example/v1"}],
    "paths": {
        "/orders": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "filter", "in": "query", "schema": TEXT},
                ],
                "responses": {
                    "200": answer(record(data={"type": "array", "items": ref("Order")}, more={"type": "boolean"}, next=TEXT))
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": ref("NewOrder")}}},
                "responses": {"201": answer(ref("Order"))},
            },
        },
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "get": {"responses": {"200": answer(ref("Order")), "404": answer(ref("Problem"))}},
        },
        "/orders/latest": {"get": {"responses": {"200": answer(ref("Summary"))}}},
        "/payments": {"get": {"responses": {"200": answer({"oneOf": [ref("Card"), ref("Transfer")]})}}},
    },
    "components": {
        "schemas": {
            "Order": record(
                id=TEXT,
                total=ref("Money"),
                note=TEXT,
                customer=ref("Customer"),
                lines={"type": "array", "items": record(sku=TEXT, count={"type": "integer"})},
                labels={"type": "object", "additionalProperties": ref("Label")},
            ),
            "Customer": record(name=TEXT, email=TEXT, address=ref("Address")),
            "Address": record(city=TEXT, zip=TEXT),
            "Label": record(text=TEXT, colour=TEXT),
            "Money": {"type": "integer"},
            "NewOrder": {"allOf": [ref("Base"), record(note=TEXT)]},
            "Base": record(sku=TEXT, count={"type": "integer"}),
            "Summary": record(count={"type": "integer"}),
            "Problem": record(code=TEXT, detail=TEXT),
            "Card": {**record(id=TEXT, last4=TEXT, wallet=TEXT), "required": ["last4"]},
            "Transfer": {**record(id=TEXT, iban=TEXT), "required": ["iban"]},
        }
    },
}


def document(description: dict[str, Any]) -> Document:
    return Document(content=json.dumps(description).encode(), source="shop.json")


def changed(edit: Edit) -> dict[str, Any]:
    description = copy.deepcopy(SHOP)
    edit(description)
    return description


def findings(edit: Edit, usage: Usage) -> tuple[Finding, ...]:
    return compare(document(SHOP), document(changed(edit)), format="openapi", lens=Lens(usage=usage)).findings


def use_of(edit: Edit, usage: Usage) -> Use:
    """How the one worst finding of the edit meets the usage."""
    return findings(edit, usage)[0].use


def gone(*steps: str) -> Edit:
    """Takes a property away: `gone("Order", "total")`, `gone("Order", "lines", "sku")`."""

    def edit(description: dict[str, Any]) -> None:
        here = description["components"]["schemas"][steps[0]]
        for step in steps[1:-1]:
            here = here["properties"][step]
            here = here.get("items", here)
        for part in (here, *here.get("allOf", ())):
            part.get("properties", {}).pop(steps[-1], None)

    return edit


def retyped(name: str) -> Edit:
    def edit(description: dict[str, Any]) -> None:
        description["components"]["schemas"][name] = {"type": "boolean"}

    return edit


def page_required(description: dict[str, Any]) -> None:
    description["paths"]["/orders"]["get"]["parameters"].append({"name": "page", "in": "query", "required": True, "schema": TEXT})


def filter_retyped(description: dict[str, Any]) -> None:
    description["paths"]["/orders"]["get"]["parameters"][1]["schema"] = {"type": "integer"}


def sku_required(description: dict[str, Any]) -> None:
    description["components"]["schemas"]["Base"]["required"] = ["count"]


def inline_gone(name: str) -> Edit:
    def edit(description: dict[str, Any]) -> None:
        answers = description["paths"]["/orders"]["get"]["responses"]
        answers["200"]["content"]["application/json"]["schema"]["properties"].pop(name)

    return edit


def declared(*fields: str, operations: tuple[str, ...] = (), objects: tuple[str, ...] = ()) -> Usage:
    return Usage(fields=frozenset(fields), operations=frozenset(operations), objects=frozenset(objects))


@pytest.mark.parametrize(
    ("usage", "edit", "expected"),
    [
        (declared("Order.total"), gone("Order", "total"), Use.USED),
        (declared("order.TOTAL"), gone("Order", "total"), Use.USED),
        (declared("Order.total"), gone("Order", "note"), Use.UNUSED),
        (declared("Order.total"), retyped("Money"), Use.USED),
        (declared("Order.note"), retyped("Money"), Use.UNUSED),
        (declared("Order.customer.name"), gone("Customer", "name"), Use.USED),
        (declared("Order.customer.name"), gone("Customer", "email"), Use.UNUSED),
        (declared("Order.customer.name"), gone("Order", "customer"), Use.USED),
        (declared("Order.customer"), gone("Customer", "email"), Use.COARSE),
        (declared("Order.customer"), gone("Address", "city"), Use.COARSE),
        (declared("Order.customer"), gone("Label", "text"), Use.UNUSED),
        (declared("Order.customer.address.city"), gone("Address", "city"), Use.USED),
        (declared("Order.lines.sku"), gone("Order", "lines", "sku"), Use.USED),
        (declared("Order.lines.sku"), gone("Order", "lines", "count"), Use.UNUSED),
        (declared("Order.lines"), gone("Order", "lines", "count"), Use.COARSE),
        (declared("Order.labels.any.text"), gone("Label", "text"), Use.USED),
        (declared("Customer.*"), gone("Customer", "email"), Use.USED),
        (declared("NewOrder.sku"), gone("Base", "sku"), Use.USED),
        (declared(objects=("Customer",)), gone("Customer", "email"), Use.COARSE),
        (declared(objects=("Customer",)), gone("Address", "zip"), Use.COARSE),
        (declared(objects=("Customer",)), gone("Order", "note"), Use.UNUSED),
        (declared("GET /orders.more"), inline_gone("more"), Use.USED),
        (declared("GET /orders.more"), inline_gone("next"), Use.UNUSED),
        (declared("GET /orders.limit"), filter_retyped, Use.UNUSED),
        (declared("GET /orders.filter"), filter_retyped, Use.USED),
    ],
)
def test_declared_members_decide(usage: Usage, edit: Edit, expected: Use) -> None:
    assert use_of(edit, usage) is expected


@pytest.mark.parametrize(
    ("usage", "edit", "expected"),
    [
        (declared(operations=("GET /orders/{id}",)), gone("Order", "total"), Use.COARSE),
        (declared(operations=("GET /orders/{id}",)), gone("Address", "zip"), Use.COARSE),
        (declared(operations=("GET /orders/latest",)), gone("Order", "total"), Use.UNUSED),
        (declared("Order.note", operations=("GET /orders/{id}",)), gone("Order", "total"), Use.UNUSED),
        (declared("Order.note", operations=("GET /orders/{id}",)), gone("Customer", "name"), Use.COARSE),
        (declared(operations=("GET /orders",)), lambda d: d["paths"]["/orders"].pop("get"), Use.USED),
        (declared(operations=("GET /orders/{id}",)), lambda d: d["paths"]["/orders"].pop("get"), Use.UNUSED),
        (declared(operations=("GET /orders",)), page_required, Use.USED),
        (declared("GET /orders.limit"), page_required, Use.UNUSED),
        (declared("GET /orders.limit", operations=("GET /orders",)), page_required, Use.USED),
        (declared(operations=("POST /orders",)), page_required, Use.UNUSED),
        (declared(operations=("POST /orders",)), sku_required, Use.COARSE),
        (declared("Base.sku"), sku_required, Use.USED),
        (declared("Order.note"), sku_required, Use.UNUSED),
    ],
)
def test_a_used_operation_makes_what_it_reaches_coarse_unless_members_decide(usage: Usage, edit: Edit, expected: Use) -> None:
    assert use_of(edit, usage) is expected


@pytest.mark.parametrize("written", ["GET /orders/{order_id}", "GET /orders/17", "get /orders/{id}/", "GET /v1/orders/{id}"])
def test_an_operation_may_be_written_as_it_is_called(written: str) -> None:
    assert use_of(gone("Order", "total"), declared(operations=(written,))) is Use.COARSE


def test_the_literal_path_comes_before_the_template() -> None:
    usage = declared(operations=("GET /orders/latest",))
    assert use_of(gone("Summary", "count"), usage) is Use.COARSE


@pytest.mark.parametrize("usage", [declared(operations=("GET /purchases",)), declared("Ordr.total"), declared(objects=("Ordr",))])
def test_a_declaration_that_names_nothing_of_the_description_is_none(usage: Usage) -> None:
    assert use_of(gone("Order", "total"), usage) is Use.UNDECLARED


def call(method: str, path: str, sent: Any = None, got: Any = None, status: int = 200, query: tuple[str, ...] = ()) -> Usage:
    kind = "application/json"
    return Usage(
        calls=(
            Call(
                method=method,
                path=path,
                origin="https://api.shop.example",
                query=query,
                sent_type=kind if sent is not None else "",
                sent=shape_of(sent) if sent is not None else None,
                got_type=kind if got is not None else "",
                got=shape_of(got) if got is not None else None,
                status=status,
            ),
        )
    )


READ = call("GET", "/v1/orders/817", got={"id": "817", "total": 3, "customer": {"name": "Ann"}, "labels": {"k9": {"text": "x"}}})


@pytest.mark.parametrize(
    ("usage", "edit", "expected"),
    [
        (READ, gone("Order", "total"), Use.USED),
        (READ, retyped("Money"), Use.USED),
        (READ, gone("Customer", "name"), Use.USED),
        (READ, gone("Label", "text"), Use.USED),
        (READ, gone("Order", "note"), Use.COARSE),
        (READ, gone("Address", "city"), Use.COARSE),
        (READ, gone("Summary", "count"), Use.UNDECLARED),
        (READ, inline_gone("more"), Use.UNDECLARED),
        (READ, lambda d: d["paths"].pop("/orders/{id}"), Use.USED),
        (call("GET", "/v1/orders", got={"data": [{"lines": [{"sku": "a"}]}]}), gone("Order", "lines", "sku"), Use.USED),
        (call("GET", "/v1/orders", got={"data": [{"lines": [{"sku": "a"}]}]}), gone("Order", "lines", "count"), Use.COARSE),
        (call("GET", "/v1/orders", got={"more": True}), inline_gone("more"), Use.USED),
        (call("GET", "/v1/orders", query=("filter",)), filter_retyped, Use.USED),
        (call("GET", "/v1/orders", query=("filter[state]",)), filter_retyped, Use.USED),
        (call("GET", "/v1/orders", query=("limit",)), filter_retyped, Use.COARSE),
        (call("GET", "/v1/orders"), page_required, Use.USED),
        (call("POST", "/v1/orders", sent={"sku": "x"}), gone("Base", "sku"), Use.USED),
        (call("POST", "/v1/orders", sent={"sku": "x"}), sku_required, Use.USED),
        (call("GET", "/v1/orders/1", got={"code": "x"}, status=404), gone("Problem", "code"), Use.USED),
        (call("GET", "/v1/orders/1", got={"code": "x"}, status=404), gone("Problem", "detail"), Use.COARSE),
    ],
)
def test_recordings_prove_use_and_never_non_use(usage: Usage, edit: Edit, expected: Use) -> None:
    assert use_of(edit, usage) is expected


@pytest.mark.parametrize(
    "usage",
    [READ, Usage(operations=frozenset({"GET /v1/orders/{id}"})), Usage(operations=frozenset({"GET /orders/817"}))],
    ids=["recorded", "declared with the base path", "declared as it is called"],
)
def test_of_all_the_operations_a_change_reaches_ours_are_told_apart(usage: Usage) -> None:
    finding = findings(gone("Order", "total"), usage)[0]

    assert finding.ours == ("GET /orders/{id}",)
    assert len(finding.operations) > 1
    assert [each.ours for each in findings(gone("Order", "total"), Usage())] == [()]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (gone("Order", "note"), Use.USED),
        (gone("Order", "total"), Use.USED),
        (gone("Order", "lines"), Use.UNUSED),
        (gone("Summary", "count"), Use.UNUSED),
        (gone("Address", "city"), Use.COARSE),
    ],
)
def test_a_declaration_and_a_recording_together_know_what_either_knows(edit: Edit, expected: Use) -> None:
    assert use_of(edit, declared("Order.note") | READ) is expected


@pytest.mark.parametrize(
    ("got", "member", "expected"),
    [
        ({"id": "1", "last4": "4242"}, ("Card", "last4"), Use.USED),
        ({"id": "1", "last4": "4242"}, ("Card", "id"), Use.USED),
        ({"id": "1", "last4": "4242"}, ("Transfer", "id"), Use.COARSE),
        ({"id": "1"}, ("Card", "id"), Use.COARSE),
    ],
)
def test_of_a_union_only_the_branch_that_was_seen_is_proven(got: Any, member: tuple[str, str], expected: Use) -> None:
    assert use_of(gone(*member), call("GET", "/v1/payments", got=got)) is expected


def test_what_cannot_be_matched_is_told_with_its_reason_and_without_identifiers() -> None:
    usage = (
        call("GET", "/v1/orders/817")
        | call("DELETE", "/v1/orders/0f8fad5b-d9cb-469f-a165-70867728950e")
        | call("GET", "/v1/people/ann@example.com")
        | Usage(calls=(Call(method="GET", path="/a.js", origin="https://cdn.example"),) * 2)
        | declared("Order.zap", operations=("GET /orders", "GET /zork"))
    )
    understood = understand(usage, "openapi", formats.load("openapi").read(document(SHOP)))
    assert dict(understood.unmatched) == {
        "GET /zork": "the description has no such operation",
        "Order.zap": "the description has no such member",
        "DELETE /v1/orders/…": "the description has only GET there",
        "GET /v1/people/…": "the description has no such path",
        "calls of https://cdn.example (2 times)": "no address of the service (api.shop.example)",
    }
    assert understood.matched == 1


@pytest.mark.parametrize(
    ("servers", "origin", "path", "met"),
    [
        ([{"url": "https://api.shop.example/v1"}], "", "/orders", True),
        ([{"url": "https://api.shop.example/v1"}], "", "/v1/orders", True),
        ([{"url": "https://api.shop.example/v1"}], "https://api.shop.example", "/orders", False),
        ([{"url": "https://{region}.shop.example/v1"}], "https://eu.shop.example", "/v1/orders", True),
        ([{"url": "https://{region}.shop.example/v1"}], "https://eu.other.example", "/v1/orders", False),
        ([{"url": "/v1"}], "https://anything.example", "/v1/orders", True),
        ([], "https://anything.example", "/orders", True),
        ([{"url": "https://api.shop.example"}], "http://localhost:8080", "/orders", True),
    ],
)
def test_a_call_is_matched_below_the_addresses_of_the_service(servers: list[Any], origin: str, path: str, met: bool) -> None:
    description = {**SHOP, "servers": servers}
    usage = Usage(calls=(Call(method="GET", path=path, origin=origin),))
    understood = understand(usage, "openapi", formats.load("openapi").read(document(description)))
    assert (understood.matched == 1) is met


def test_recursive_schemas_end() -> None:
    description = changed(lambda d: d["components"]["schemas"]["Customer"]["properties"].update(parent=ref("Customer")))
    got = {"customer": {"parent": {"parent": {"name": "x"}}}}
    understood = understand(
        call("GET", "/v1/orders/1", got=got) | declared("Order.customer.parent.parent.name"),
        "openapi",
        formats.load("openapi").read(document(description)),
    )
    assert "Customer.name" in understood.usage.proven.fields
    assert "Customer.name" in understood.usage.fields


def test_swagger_2_bodies_and_forms_are_matched_too() -> None:
    swagger = {
        "swagger": "2.0",
        "host": "api.shop.example",
        "basePath": "/v1",
        "paths": {
            "/orders": {
                "post": {
                    "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Order"}}],
                    "responses": {"200": {"schema": {"$ref": "#/definitions/Order"}}},
                }
            }
        },
        "definitions": {"Order": record(id=TEXT, note=TEXT)},
    }
    understood = understand(
        call("POST", "/v1/orders", sent={"note": ""}, got={"id": ""}), "openapi", formats.load("openapi").read(document(swagger))
    )
    assert {"Order.id", "Order.note"} == understood.usage.proven.fields
    assert {"POST /orders"} == understood.usage.proven.operations


def test_use_lowers_what_holds_only_where_it_is_used() -> None:
    def value_gone(description: dict[str, Any]) -> None:
        description["components"]["schemas"]["Order"]["properties"]["note"] = {"type": "string", "enum": ["a"]}

    base = changed(
        lambda d: d["components"]["schemas"]["Order"]["properties"].update(note={"type": "string", "enum": ["a", "b"]})
    )
    new = changed(value_gone)
    impacts = [
        compare(document(base), document(new), format="openapi", lens=Lens(usage=usage)).findings[0].impact
        for usage in (declared("Order.note"), declared("Order.total"), READ)
    ]
    assert impacts == [Impact.RISKY, Impact.SAFE, Impact.RISKY]


def test_the_real_payments_api_meets_calls_in_its_own_names(real_data: RealData) -> None:
    content = real_data("stripe/d-2023-08-16-98a7c58cda.openapi.json.gz")
    description = formats.load("openapi").read(Document(content=content))
    usage = Usage(
        calls=(
            Call(
                method="POST",
                path="/v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa/confirm",
                origin="https://api.stripe.com",
                got_type="application/json",
                got=shape_of({"id": "pi_1", "status": "x", "last_payment_error": {"code": "x"}}),
                status=200,
            ),
        )
    )
    understood = understand(usage, "openapi", description)
    assert understood.unmatched == ()
    assert {"POST /v1/payment_intents/{intent}/confirm"} == understood.usage.proven.operations
    assert {"payment_intent.status", "payment_intent.last_payment_error"} <= understood.usage.proven.fields
