"""Documents in several files on the command line: `diff` and `try`, the daemon's look, and baselines as files."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.monitor.cli.commands import run
from tests.monitor.cli.test_acting import CONFIGURATION, prepare
from tests.probes.bundled import ITEMS, MONEY, MONEY_PROTO, ORDER_PROTO, ORDERS, WSDL

TARGETS = """
integrations:
  shop:
    criticality: core
    targets:
      soap: {{kind: http, url: "{url}/served/shop.wsdl", format: wsdl, private: true}}
channels:"""


def files(folder: str, **changed: tuple[bytes, bytes]) -> Path:
    """The service of `tests.probes.bundled` in a folder; `changed` replaces something in the file of that name."""
    for name, content in {"shop.wsdl": WSDL, "types/orders.xsd": ORDERS, "types/items.xsd": ITEMS, "money.xsd": MONEY}.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before, after = changed.get(path.stem, (b"", b""))
        plain = content.replace(b"../shop?xsd=money", b"../money.xsd").replace(b"?xsd=money", b"money.xsd")
        path.write_bytes(plain.replace(before, after) if before else plain)
    return Path(folder) / "shop.wsdl"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    prepare(tmp_path, monkeypatch)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_diff_compares_what_two_files_import_beside_them(url: str) -> None:
    old, new = files("old"), files("new", items=(b'"sku"', b'"code"'))
    answer = json.loads(run("diff", str(old), str(new), "-o", "json").out)
    assert [(each["rule"], each["source"]) for each in answer["findings"] if each["impact"] == "breaking"] == [
        ("property.required-added", {"pointer": "/Item/code", "line": 4, "part": "types/items.xsd"}),
        ("property.removed", {"pointer": "/Item/sku", "line": 4, "part": "types/items.xsd"}),
    ]
    assert "line 4 of types/items.xsd" in run("diff", str(old), str(new)).out
    same = run("diff", str(old), str(files("elsewhere")))
    assert (same.code, same.err) == (0, "")
    fetched = json.loads(run("diff", f"{url}/old/shop.wsdl", f"{url}/new/shop.wsdl", "--private", "-o", "json").out)
    assert [each["address"] for each in fetched["findings"]] == [each["address"] for each in answer["findings"]]


def test_a_batch_compares_what_its_files_import(url: str) -> None:
    for name, money in (("old", MONEY_PROTO), ("new", MONEY_PROTO.replace(b"int64", b"string"))):
        folder = Path(name) / "shop" / "v1"
        folder.mkdir(parents=True)
        (folder / "order.proto").write_bytes(ORDER_PROTO)
        (folder / "money.proto").write_bytes(money)
    case = {"id": 1, "format": "protobuf", "old": "old/shop/v1/order.proto", "new": "new/shop/v1/order.proto"}
    Path("cases.jsonl").write_text(json.dumps(case))
    (found,) = json.loads(run("diff", "--batch", "cases.jsonl", "-o", "jsonl").out)["findings"]
    assert (found["address"], found["source"]["part"]) == ("shop.v1.Money.units", "shop/v1/money.proto")


def test_try_says_what_was_imported_and_what_is_missing(url: str) -> None:
    files("served")
    told = run("try", f"{url}/served/shop.wsdl", "--private").out
    assert ", with 3 that it imports" in told
    Path("served/types/items.xsd").unlink()
    told = run("try", f"{url}/served/shop.wsdl", "--private").out
    assert "imports what is not here: types/items.xsd (answered 404)" in told


def test_the_daemons_look_finds_a_change_in_a_part_and_a_baseline_takes_all_parts_along(url: str) -> None:
    files("served")
    head, _, _ = CONFIGURATION.partition("integrations:")
    Path("driftpager.yml").write_text(head + TARGETS.format(url=url) + CONFIGURATION.partition("channels:")[2])
    looks = [run("probe", "shop/soap") for _ in range(3)]
    assert [look.err for look in looks] == ["", "", ""]
    assert looks[-1].out == "shop/soap is ok: as the baseline\n"
    command = [str(Path(sys.executable).with_name("driftpager")), "baseline", "show", "shop/soap", "--document"]
    shown = subprocess.run(command, capture_output=True, check=True)
    assert shown.stdout == Path("served/shop.wsdl").read_bytes()
    assert shown.stderr == b"this is the first of 4 files; `driftpager baseline export` writes them all\n"
    assert run("baseline", "export", "baselines").code == 0
    folder = Path("baselines/shop/soap")
    meta = json.loads((folder / "meta.json").read_text())
    assert [part["name"] for part in meta["parts"]] == ["money.xsd", "types/items.xsd", "types/orders.xsd"]
    assert [(folder / part["file"]).read_bytes() for part in meta["parts"]][1] == ITEMS
    for path in Path().glob("driftpager.db*"):
        path.unlink()
    assert run("baseline", "import", "baselines", "--as", "ana").out == f"shop/soap: no baseline -> {meta['sha256'][:12]}\n"
    assert run("probe", "shop/soap").out == "shop/soap is ok: as the baseline\n"
    files("served", items=(b'"sku"', b'"code"'))
    ended = run("probe", "shop/soap")
    assert ended.code == 1
    assert "Item.sku" in ended.out
    (folder / meta["parts"][1]["file"]).write_bytes(ITEMS + b" ")
    refused = run("baseline", "import", "baselines", "--as", "ana")
    assert refused.code != 0
    assert "its hash is" in refused.err
