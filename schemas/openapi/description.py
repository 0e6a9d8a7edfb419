"""An API description, read lazily: which operations there are now, what each says only when asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from schemas.engine.book import Book, Dialect
from schemas.engine.names import is_definition
from schemas.engine.view import Reader
from schemas.lines import Lines
from schemas.model import Node
from schemas.openapi.written import written
from schemas.pointer import join

if TYPE_CHECKING:
    from schemas.document import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_VARIABLE = re.compile(r"\{[^{}]*\}")

SWAGGER_2 = Dialect(name="Swagger 2", contract=True, nullable=True, siblings=False)
OPENAPI_3_0 = Dialect(name="OpenAPI 3.0", contract=True, nullable=True, siblings=False)
OPENAPI_3_1 = Dialect(name="OpenAPI 3.1", contract=True, nullable=True, siblings=True, id_member="$id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `node` is its schema; `media` the media type where it is written as `content`."""

    name: str
    location: str
    required: bool
    node: Node
    at: str
    schema_at: str
    style: str
    explode: bool
    media: str | None = None
    deprecated: bool = False
    raw: Json = None

    def told(self, word: str) -> bool:
        """Whether a flag of the parameter is set."""
        return isinstance(self.raw, dict) and self.raw.get(word) is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A body in one media type."""

    node: Node
    at: str
    encoding: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What an operation takes, by media type."""

    required: bool
    media: Mapping[str, Media]
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header of an answer; `schema_at` is where its schema is written."""

    required: bool
    node: Node
    at: str
    schema_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer, by media type; `known` is False where its reference leads nowhere."""

    media: Mapping[str, Media]
    headers: Mapping[str, Header]
    at: str
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. `key` is `METHOD /path`; `incoming` ones (webhooks, callbacks) are calls that we answer.

    `raw` is as written, `item` the path item around it; `text` and `shared` are JSON of `raw` and of the item's parameters.
    """

    key: str
    method: str
    path: str
    at: str
    raw: Mapping[str, Json]
    item_at: str
    item: Mapping[str, Json]
    text: bytes = field(repr=False)
    shared: bytes = field(repr=False)
    incoming: bool = False

    @property
    def template(self) -> str:
        """The path with its variables unnamed: renaming one is no change."""
        return _VARIABLE.sub("{}", self.path)

    @property
    def variables(self) -> list[str]:
        """The names of the path's variables, in order."""
        return [name[1:-1] for name in _VARIABLE.findall(self.path)]


class Description:
    """A parsed description with its operations. Raises `Unreadable` where it is nested too deep."""

    def __init__(self, root: Mapping[str, Json], dialect: Dialect, content: bytes = b"") -> None:
        self.root = root
        self.dialect = dialect
        self.written = written(root)
        self.size = len(content)
        self.lines = Lines(content, dict(root))
        self.book = Book(dict(root) if not isinstance(root, dict) else root, dialect)
        self.reader = Reader(self.book)
        self.operations = self._operations("paths", incoming=False)
        self.webhooks = {**self._operations("webhooks", incoming=True), **self._operations("x-webhooks", incoming=True)}

    @property
    def definitions(self) -> dict[str, bytes]:
        """The named definitions as JSON, by pointer."""
        return {at: raw for at, raw in self.written.items() if is_definition(at)}

    @property
    def swagger(self) -> bool:
        return self.dialect is SWAGGER_2

    def _operations(self, member: str, *, incoming: bool) -> dict[str, Operation]:
        paths, found = self.root.get(member), {}
        if not isinstance(paths, dict):
            return {}
        for path, raw in paths.items():
            if path.startswith("x-"):
                continue
            item_at, item = self.book.reference(join("", member, path), raw)
            if isinstance(item, dict):
                for operation in self.item(path, item_at, item, incoming=incoming):
                    found[operation.key] = operation
                    self.book.aliases.setdefault(operation.at, operation.key)
        return found

    def item(self, path: str, item_at: str, item: Mapping[str, Json], *, incoming: bool) -> list[Operation]:
        """The operations of one path item."""
        found = []
        more, shared = item.get("additionalOperations"), self._text(f"{item_at}/parameters", item.get("parameters"))
        methods = {method: (join(item_at, method), item[method]) for method in METHODS if method in item}
        if isinstance(more, dict):
            methods |= {method: (join(item_at, "additionalOperations", method), raw) for method, raw in more.items()}
        for method, (at, raw) in methods.items():
            if isinstance(raw, dict):
                key = f"{method.upper()} {path}"
                found.append(
                    Operation(
                        key=key,
                        method=method,
                        path=path,
                        at=at,
                        raw=raw,
                        item_at=item_at,
                        item=item,
                        text=self._text(at, raw),
                        shared=shared,
                        incoming=incoming,
                    )
                )
        return found

    def _text(self, at: str, raw: Json) -> bytes:
        """What stands at `at` as JSON: mostly a part, else one behind a reference."""
        found = self.written.get(at)
        return orjson.dumps(raw) if found is None else found
