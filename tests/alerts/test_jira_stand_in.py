"""The Jira stand-in itself: as strict as the vendor, or the tests that lean on it prove nothing; and what we send it, held
against the vendor's own description."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx
import jsonschema
import pytest

from alerts.channels import Tools
from alerts.page import Action
from monitor.demo.jira import Jira
from monitor.demo.jira_issue import ANA, DONE, US, Received
from monitor.demo.jira_rules import document_mistake
from tests.alerts.pages import page
from tests.alerts.test_jira import TOKEN, There, served, watched
from tests.conftest import RealData

DOCUMENT = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}
GOOD: dict[str, Any] = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "s", "description": DOCUMENT}


def client(of: Jira, token: str = TOKEN) -> httpx.AsyncClient:
    site = httpx.ASGITransport(app=of.app)
    return httpx.AsyncClient(transport=site, base_url="https://stand-in/rest/api/3", auth=(US.email, token))


def doc(*nodes: Any) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": list(nodes)}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"project": {"key": "CRM"}}, "project"),
        ({"issuetype": {"name": "Epic"}}, "issuetype"),
        ({"summary": ""}, "summary"),
        ({"summary": "two\nlines"}, "summary"),
        ({"summary": "s" * 256}, "summary"),
        ({"description": "wiki text"}, "description"),
        ({"labels": ["two words"]}, "labels"),
        ({"labels": "one"}, "labels"),
        ({"priority": {"name": "Urgent"}}, "priority"),
        ({"priority": "Highest"}, "priority"),
        ({"customfield_1": 1}, "customfield_1"),
    ],
)
async def test_each_mistake_in_a_new_issue_is_named(fields: dict[str, Any], named: str) -> None:
    jira = Jira(token=TOKEN)
    async with client(jira) as http:
        answer = await http.post("/issue", json={"fields": GOOD | fields})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [named])
    assert jira.issues == []


@pytest.mark.parametrize(
    "document",
    [
        "text",
        {"type": "doc", "content": []},
        doc({"type": "text", "text": "x"}),
        doc({"type": "paragraph", "content": [{"type": "text", "text": ""}]}),
        doc({"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "loud"}]}]}),
        doc(
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "javascript:1"}}]}],
            }
        ),
        doc({"type": "bulletList", "content": []}),
        doc({"type": "table", "content": [{"type": "tableRow", "content": [{"type": "tableCell", "content": []}]}]}),
        doc({"type": "paragraph", "content": [{"type": "text", "text": "x" * 32_768}]}),
    ],
)
def test_each_mistake_in_a_document_is_found(document: Any) -> None:
    assert document_mistake(document, cloud=True)
    assert document_mistake(DOCUMENT, cloud=True) == ""


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issue", {"fields": GOOD, "surprise": 1}, 400),
        ("POST", "/issue", [], 400),
        ("POST", "/issue", {"fields": GOOD, "properties": [{"key": "a"}]}, 400),
        ("PUT", "/issue/OPS-1", {"fields": {"labels": []}, "update": {"labels": []}}, 400),
        ("PUT", "/issue/OPS-1", {"update": {"labels": [{"add": "a b"}]}}, 400),
        ("PUT", "/issue/OPS-9", {"fields": {"summary": "s"}}, 404),
        ("POST", "/issue/OPS-1/transitions", {"transition": {"id": "99"}}, 400),
        ("POST", "/issue/OPS-1/transitions", {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}, 400),
        ("POST", "/issue/OPS-1/comment", {"body": "text"}, 400),
        ("POST", "/issue/OPS-1/comment", {"body": DOCUMENT, "loud": True}, 400),
        ("POST", "/issue/OPS-1/remotelink", {"object": {"title": "t"}}, 400),
        ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": []}, 400),
        ("POST", "/search/jql", {"jql": "project = OPS", "total": True}, 400),
        ("GET", "/issue/OPS-1?field=summary", None, 400),
        ("GET", "/nothing", None, 404),
    ],
)
async def test_each_mistake_in_a_request_is_refused(method: str, path: str, body: Any, status: int) -> None:
    jira = Jira(token=TOKEN)
    async with client(jira) as http:
        assert (await http.post("/issue", json={"fields": GOOD})).status_code == 201
        assert (await http.request(method, path, json=body)).status_code == status


async def test_a_stranger_and_what_is_no_json_are_refused() -> None:
    jira = Jira(token=TOKEN)
    async with client(jira, "wrong") as http:
        assert (await http.get("/myself")).status_code == 401
    async with client(jira) as http:
        assert (await http.post("/issue", content=b"{", headers={"content-type": "application/json"})).status_code == 400
        assert (await http.post("/issue", content=b"{}", headers={"content-type": "text/plain"})).status_code == 415


async def test_the_search_lags_unless_an_issue_is_named_and_a_link_forgets_what_is_left_out() -> None:
    jira = Jira(token=TOKEN)
    async with client(jira) as http:
        made = (await http.post("/issue", json={"fields": GOOD | {"labels": ["mine"]}})).json()
        search = {"jql": 'labels = "mine" ORDER BY created ASC', "fields": ["created"]}
        assert (await http.post("/search/jql", json=search)).json()["issues"] == []
        named = search | {"reconcileIssues": [int(made["id"])]}
        assert [each["key"] for each in (await http.post("/search/jql", json=named)).json()["issues"]] == ["OPS-1"]
        link = {"globalId": "g", "object": {"url": "https://a.example", "title": "t", "summary": "s"}}
        for status, summary in ((201, {"summary": "s"}), (200, {})):
            linked = link | {"object": {"url": "https://a.example", "title": "t"} | summary}
            assert (await http.post("/issue/OPS-1/remotelink", json=linked)).status_code == status
        assert "summary" not in jira.issues[0].links["g"]["object"]


async def test_every_request_fits_the_official_description(tools: Tools, real_data: RealData) -> None:
    async with served(tools) as there:
        await everything(there)
        assert fitting(there.jira.received, json.loads(real_data("jira/platform-v3.openapi.json.gz"))) >= 25
        adf = jsonschema.Draft4Validator(json.loads(real_data("jira/adf-full.schema.json")))
        bodies = [each.json for each in there.jira.received if each.body]
        documents = [body["body"] for body in bodies if "body" in body]
        written = [body["fields"] for body in bodies if "fields" in body]
        documents += [fields["description"] for fields in written if isinstance(fields, dict) and "description" in fields]
        assert len(documents) >= 5
        for document in documents:
            adf.validate(document)


async def everything(there: There) -> None:
    """Each kind of request that we ever send."""
    await there.channel.check(there.tools)
    await there.says("open", "opened")
    await there.says("acknowledged", "ana took it", priority=2, possible_repeat=True)
    await there.says("resolved", "fixed", "really")
    await there.channel.deliver(page(Action.NOTE, dedup_key="driftpager:production:e2:g1:sync"), there.tools)
    for _ in range(25):
        there.at.passes(seconds=1)
        await there.jira.comment("OPS-1", "well", ANA)
        for to in (there.jira.begins, DONE):
            await there.jira.move("OPS-1", to)
    assert len(await there.channel.poll([watched(there)], there.tools)) == 75


def fitting(received: Iterable[Received], description: Any) -> int:
    """How many requests there were, each taken, and as Atlassian's own description has it."""
    checked = 0
    for request in received:
        assert request.status in (200, 201, 204), request
        template = min((each for each in description["paths"] if _fits(each, request.path)), key=lambda each: each.count("{"))
        operation = description["paths"][template][request.method.lower()]
        assert request.query.keys() <= {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        if request.method != "GET":
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft4Validator(schema | {"components": description["components"]}).validate(request.json)
        checked += 1
    return checked


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(part == have or part.startswith("{") for part, have in zip(parts, given, strict=True))
