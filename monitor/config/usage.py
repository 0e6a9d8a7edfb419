"""What we use of a target, from the words in the configuration and the files they point to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from monitor.config.problem import Mark, Problem
from monitor.config.tree import Node, child
from monitor.config.written import Uses
from schemas.errors import Unreadable
from schemas.usage import Usage, together

MAX_FILES = 5000
MAX_BYTES = 16 * 1024 * 1024
"""Of all queries, or of all documents, of one target."""
MAX_RECORDED_BYTES = 128 * 1024 * 1024
"""Of all recordings of one kind of one target. They are read once and kept as names and shapes."""

_OPERATION = re.compile(r"[A-Z]+ /\S*|[A-Za-z_]\w*\.[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that tells of our use. `kind` is `configuration`, `soql`, `graphql`, `pact` or `har`; `file` is where it is
    written, as a person would name it. `left_out` is what the file holds besides, in words."""

    kind: str
    file: str
    usage: Usage
    left_out: str = ""


def usage_of(uses: Uses, node: Node, folder: Path, problems: list[Problem]) -> Usage:
    """The usage `uses` declares, its files read from `folder`. `node` is where it stands."""
    return together(source.usage for source in sources_of(uses, node, folder, problems))


def sources_of(uses: Uses, node: Node, folder: Path, problems: list[Problem]) -> tuple[Source, ...]:
    """The same by where it is told, in the order of the configuration and then of the file names."""
    operations = child(node, "operations")
    for index, operation in enumerate(uses.operations):
        if not _OPERATION.fullmatch(operation):
            at = child(operations, index) if operations is not None else None
            hint = "write `METHOD /path`, or `Query.field` for GraphQL"
            problems.append(Problem(mark=(at or node).mark, text=f"{operation!r} is no operation", hint=hint))
    written = Usage(operations=frozenset(uses.operations), fields=frozenset(uses.fields), objects=frozenset(uses.objects))
    found = [Source(kind="configuration", file=node.mark.file, usage=written)] if written.declared else []
    named = {"soql": uses.soql, "graphql": uses.graphql, "pact": uses.pact, "har": uses.har}
    for kind, patterns in named.items():
        given = (patterns,) if isinstance(patterns, str) else patterns
        found.extend(_read(kind, given, (child(node, kind) or node).mark, folder, problems))
    return tuple(found)


def _soql(content: bytes, file: str) -> Source:
    from schemas.soql import used_by  # not every configuration has queries

    return Source(kind="soql", file=file, usage=used_by([content.decode("utf-8-sig")]))


def _graphql(content: bytes, file: str) -> Source:
    from schemas.usages.graphql_documents import check
    from schemas.usages.recorded import Text

    text = Text(source=file, text=content.decode("utf-8-sig"))
    check(text)
    return Source(kind="graphql", file=file, usage=Usage(documents=(text,)))


def _pact(content: bytes, file: str) -> Source:
    from schemas.usages import pact

    calls, others = pact.read(content, file)
    left_out = f"{others} messages, which are no calls over HTTP" if others else ""
    return Source(kind="pact", file=file, usage=Usage(calls=calls), left_out=left_out)


def _har(content: bytes, file: str) -> Source:
    from schemas.usages import har

    return Source(kind="har", file=file, usage=Usage(calls=har.read(content, file)))


_READERS: Mapping[str, tuple[str, Callable[[bytes, str], Source], int]] = {
    "soql": ("query file", _soql, MAX_BYTES),
    "graphql": ("GraphQL file", _graphql, MAX_BYTES),
    "pact": ("Pact file", _pact, MAX_RECORDED_BYTES),
    "har": ("HAR recording", _har, MAX_RECORDED_BYTES),
}
"""Key to what its files are called, how one is read, and how many bytes they may hold together."""


def _read(kind: str, patterns: tuple[str, ...], mark: Mark, folder: Path, problems: list[Problem]) -> Iterator[Source]:
    called, reader, cap = _READERS[kind]
    size, seen = 0, set[Path]()
    for pattern in patterns:
        files = _files(pattern, folder)
        if not files:
            problems.append(Problem(mark=mark, text=f"no file matches {pattern!r}", hint=f"looked in {folder.absolute()}"))
        if len(files) > MAX_FILES:
            problems.append(Problem(mark=mark, text=f"{pattern!r} matches more than {MAX_FILES} files", hint="narrow the glob"))
            continue
        for path in files:
            if path in seen:
                continue
            seen.add(path)
            try:
                size += path.stat().st_size
                if size > cap:
                    problems.append(Problem(mark=mark, text=f"the {called}s hold more than {cap} bytes", hint="narrow the glob"))
                    return
                yield reader(path.read_bytes(), _shown(path, folder))
            except Unreadable as error:
                problems.append(Problem(mark=mark, text=f"the {called} {path}: {error}"))
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                problems.append(Problem(mark=mark, text=f"the {called} {path} cannot be read: {why}"))


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _files(pattern: str, folder: Path) -> list[Path]:
    found = glob(pattern, root_dir=folder, recursive=True, include_hidden=True)
    return sorted(path for path in map(folder.joinpath, found) if path.is_file())
