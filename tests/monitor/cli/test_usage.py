"""`driftpager usage show`, what `check` says of usage, and `diff --usage` with every kind of file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.config import ConfigError, environ, load
from tests.monitor.cli.commands import run

ROOT = Path(__file__).parents[3]
CONFIGURATION = """\
integrations:
  shop:
    targets:
      api: {kind: file, path: shop.json, format: openapi, usage: {operations: [GET /orders], pact: "pacts/*.json", har: a.har}}
      graph: {kind: file, path: shop.graphql, format: graphql, usage: {graphql: "queries/**/*.graphql"}}
      seen: {kind: file, path: seen.json, format: openapi, usage: {har: a.har}}
      bare: {kind: file, path: bare.json}
channels:
  hook: {kind: webhook, url: "env:HOOK", secret: "env:HOOK_SECRET"}
"""
ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "total": {"type": "integer"}, "note": {"type": "string"}},
}
ANSWER = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
SHOP = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example/v1"}],
    "paths": {
        "/orders": {"get": {"responses": {"200": {"description": ""}}}},
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": ANSWER}},
        },
    },
    "components": {"schemas": {"Order": ORDER}},
}
GRAPH = "type Query { order(id: ID!): Order }\ntype Order { id: ID! total: Int note: String }\n"


def gone(name: str) -> dict[str, Any]:
    properties = {key: value for key, value in ORDER["properties"].items() if key != name}
    return {**SHOP, "components": {"schemas": {"Order": {**ORDER, "properties": properties}}}}


def call(url: str, body: Any) -> dict[str, Any]:
    return {
        "request": {"method": "GET", "url": url},
        "response": {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps(body)}},
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK", "https://hooks.example.com/s3cr3t")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 32)
    monkeypatch.delenv("DRIFTPAGER_CONFIG", raising=False)
    for name in ("pacts", "queries"):
        Path(name).mkdir()
    Path("driftpager.yml").write_text(CONFIGURATION)
    Path("shop.json").write_text(json.dumps(SHOP))
    Path("shop.graphql").write_text(GRAPH)
    interaction = {
        "description": "one order",
        "request": {"method": "GET", "path": "/orders/17"},
        "response": {"status": 200, "body": {"note": "x"}},
    }
    Path("pacts/us.json").write_text(json.dumps({"consumer": {"name": "us"}, "interactions": [interaction], "messages": [{}]}))
    calls = [call("https://shop.example/v1/orders/4711", {"id": "4711"}), call("https://shop.example/v1/secrets/4711", {})]
    Path("a.har").write_text(json.dumps({"log": {"entries": calls}}))
    Path("queries/order.graphql").write_text("query One {\n  order(id: 1) { ...Part gone }\n}\n")
    Path("queries/part.graphql").write_text("fragment Part on Order { total }\n")
    return tmp_path


def shown(*args: str) -> dict[str, Any]:
    ended = run("usage", "show", *args, "--output", "json")
    assert (ended.code, ended.err) == (0, "")
    answer: dict[str, Any] = json.loads(ended.out)
    return answer


def test_every_source_is_shown_with_what_it_means() -> None:
    answer = shown("shop/api", "--schema", "shop.json")
    assert [(source["source"], source["kind"], source["says"], source["matched"]) for source in answer["sources"]] == [
        ("driftpager.yml", "configuration", "declares", 0),
        ("pacts/us.json", "pact", "proves", 1),
        ("a.har", "har", "proves", 1),
    ]
    assert answer["operations"] == ["GET /orders"]
    assert answer["proven"] == {
        "operations": ["GET /orders/{id}"],
        "fields": ["GET /orders/{id}.id", "Order.id", "Order.note"],
    }
    assert answer["unmatched"] == [{"what": "GET /v1/secrets/…", "why": "the description has no such path"}]
    assert (answer["declared"], answer["recorded"], answer["notes"]) == (True, True, [])


def test_people_see_plain_text_in_a_pipe() -> None:
    ended = run("usage", "show", "shop/api", "--schema", "shop.json")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "shop/api: OpenAPI 3.0.3, 2 operations, 1 schemas"
    assert lines[2].split("  ")[0] == "source"
    assert [line.split() for line in lines[3:6]] == [
        ["driftpager.yml", "configuration", "declares", "1", "0", "0"],
        ["pacts/us.json", "pact", "proves", "1", "of", "1", "calls", "1", "2", "0"],
        ["a.har", "har", "proves", "1", "of", "2", "calls", "1", "2", "1"],
    ]
    assert "  a.har: GET /v1/secrets/…: the description has no such path" in lines
    assert "  pacts/us.json: 1 messages, which are no calls over HTTP" in lines
    assert "4711" not in ended.out


def test_documents_are_read_together_and_say_what_the_schema_lacks() -> None:
    answer = shown("shop/graph", "--schema", "shop.graphql")
    assert answer["unmatched"] == [{"what": "Order.gone (queries/order.graphql:1)", "why": "the schema has no such field"}]
    assert [len(source["unmatched"]) for source in answer["sources"]] == [1, 0]
    assert {"Query.order", "Query.order(id:)", "Order.total"} <= set(answer["fields"])


@pytest.mark.parametrize(
    ("target", "note"),
    [
        ("shop/bare", "no usage is declared: a breaking change here counts as `use unknown`, one step less urgent"),
        (
            "shop/seen",
            "recordings prove use and never non-use: declare operations or fields too, and a change elsewhere pages nobody",
        ),
    ],
)
def test_a_target_that_would_gain_from_declaring_says_so(target: str, note: str) -> None:
    assert note in shown(target, "--schema", "shop.json")["notes"]


def test_a_declaration_that_names_nothing_says_so() -> None:
    Path("driftpager.yml").write_text(
        CONFIGURATION.replace("GET /orders", "GET /purchases").replace(', pact: "pacts/*.json"', "")
    )
    answer = shown("shop/api", "--schema", "shop.json")
    assert answer["unmatched"][0] == {"what": "GET /purchases", "why": "the description has no such operation"}
    assert "nothing that is declared is in the document" in answer["notes"][0]


def test_without_a_baseline_it_says_why_nothing_is_matched() -> None:
    answer = shown("shop/api")
    assert answer["matched_with"] is None
    assert answer["notes"][0].startswith("nothing could be matched: there is no database at ")


def test_names_are_matched_with_the_accepted_baseline() -> None:
    assert run("probe", "shop/api").code == 0
    # Whatever is served by now, what we use is what was accepted.
    Path("shop.json").write_text("{}")
    answer = shown("shop/api")
    assert answer["matched_with"] == "OpenAPI 3.0.3, 2 operations, 1 schemas"
    assert answer["operations"] == ["GET /orders"]
    assert shown("shop/bare")["matched_with"] is None


def test_who_names_no_file_waits_for_none() -> None:
    program = (
        "import sys; from monitor.cli import main\n"
        "try: main(['diff', 'shop.json', 'new.json'])\n"
        "except SystemExit: print([m for m in sys.modules if m.startswith(('schemas.usages', 'graphql.', 'monitor.config.u'))])\n"
    )
    Path("new.json").write_text(json.dumps(gone("note")))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)})
    assert ended.stdout.splitlines()[-1] == "[]", ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("usage", "show", "shop/nothing"), 3, "driftpager: there is no target 'shop/nothing'"),
        (("usage", "show", "shop"), 3, "driftpager: 'shop' stands for 4 targets; name one"),
        (("usage", "show", "shop/api", "--schema", "nowhere.json"), 2, "driftpager: cannot read nowhere.json"),
        (("usage", "show", "shop/api", "--schema", "shop.graphql"), 2, "driftpager: cannot read the document of shop/api: "),
        (("usage", "show", "shop/api", "-c", "no.yml"), 3, "no.yml"),
    ],
)
def test_a_wrong_question_is_one_clear_line(args: tuple[str, ...], code: int, said: str) -> None:
    ended = run(*args)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert ended.err.startswith(said)


def test_check_says_which_targets_would_gain() -> None:
    answer = json.loads(run("check", "--output", "json").out)
    assert [note for note in answer["notes"] if note.startswith("no usage is declared for shop/bare:")]
    assert [note for note in answer["notes"] if note.startswith("of shop/seen only recordings tell")]
    assert {each["name"]: (each["usage_declared"], each["usage_recorded"]) for each in answer["targets"]} == {
        "shop/api": (True, True),
        "shop/graph": (True, False),
        "shop/seen": (False, True),
        "shop/bare": (False, False),
    }


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.har", '{"log": {\n"entries": {}}}', "the HAR recording a.har: not a HAR recording: it has no `log.entries`"),
        ("pacts/us.json", '{"interactions": [{\n"request": 1}]}', "the Pact file pacts/us.json: not a Pact file: an interaction"),
        ("pacts/us.json", "{", "the Pact file pacts/us.json: not valid JSON"),
        (
            "queries/part.graphql",
            "fragment Part on\n{",
            "the GraphQL file queries/part.graphql: not a GraphQL document: Expected",
        ),
        ("queries/part.graphql", b"\xff", "the GraphQL file queries/part.graphql cannot be read: not UTF-8 text"),
    ],
)
def test_a_malformed_file_is_one_clear_line_with_file_and_line(file: str, content: str | bytes, said: str) -> None:
    Path(file).write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = run("check")
    assert ended.code == 3
    told = [line for line in ended.err.splitlines() if said in line]
    assert told
    assert all(line.startswith("driftpager.yml:") for line in told)
    assert "line" in told[0] or "cannot be read" in told[0]


def test_a_glob_without_a_file_is_told() -> None:
    Path("a.har").unlink()
    assert "no file matches 'a.har'" in run("check").err


def test_a_reload_reads_the_files_again() -> None:
    def fields() -> set[str]:
        config = load(Path("driftpager.yml"), environ())
        return {text.text for target in config.targets for text in target.usage.documents}

    before = fields()
    Path("queries/part.graphql").write_text("fragment Part on Order { note }\n")
    assert fields() - before == {"fragment Part on Order { note }\n"}
    Path("queries/part.graphql").write_text("fragment {")
    with pytest.raises(ConfigError, match=r"part\.graphql: not a GraphQL document: .* at line 1"):
        fields()


@pytest.mark.parametrize(
    ("usage", "member", "use"),
    [
        ("fields: [Order.total]", "total", "used"),
        ("fields: [Order.total]", "note", "unused"),
        ("operations: ['GET /orders/{id}']", "note", "coarse"),
        ("operations: ['GET /orders']", "note", "unused"),
        ("pact: pacts/*.json", "note", "used"),
        ("pact: pacts/*.json", "total", "coarse"),
        ("har: a.har", "id", "used"),
        ("har: a.har", "note", "coarse"),
        ("{har: a.har, fields: [Order.id]}", "note", "unused"),
        ("{pact: pacts/us.json, fields: [Order.id]}", "note", "used"),
    ],
)
def test_diff_takes_the_same_words_in_a_file(usage: str, member: str, use: str) -> None:
    Path("usage.yml").write_text(f"{usage}\n")
    Path("new.json").write_text(json.dumps(gone(member)))
    answer = json.loads(run("diff", "shop.json", "new.json", "--usage", "usage.yml", "--output", "json").out)
    assert [(finding["address"], finding["use"]) for finding in answer["findings"]] == [
        (f"schemas/Order/properties/{member}", use)
    ]


@pytest.mark.parametrize(("file", "use"), [("pacts/us.json", "used"), ("a.har", "coarse")])
def test_diff_takes_a_recording_itself(file: str, use: str) -> None:
    Path("new.json").write_text(json.dumps(gone("note")))
    answer = json.loads(run("diff", "shop.json", "new.json", "--usage", file, "--output", "json").out)
    assert [finding["use"] for finding in answer["findings"]] == [use]


def test_diff_takes_a_document_itself_and_names_the_operation_that_breaks() -> None:
    Path("new.graphql").write_text(GRAPH.replace(" total: Int", ""))
    Path("own.graphql").write_text("query One {\n  order(id: 1) { total }\n}\n")
    ended = run("diff", "shop.graphql", "new.graphql", "--usage", "own.graphql", "--output", "json")
    (finding,) = json.loads(ended.out)["findings"]
    assert (ended.code, finding["use"]) == (1, "used")
    assert "operation `One` of ours (own.graphql:2) becomes invalid" in json.dumps(finding)
