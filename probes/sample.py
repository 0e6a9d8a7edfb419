"""A live REST answer, watched for its shape where the vendor publishes no description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import Field

from probes.answers import host_of, kept_headers, media_type, public, refuse_by_status, refuse_no_document
from probes.block import MEGABYTE, Auth, Block, Headers, Size, WebAddress, secret_headers
from probes.errors import Unfit
from probes.probe import Answer, Fetched, Probe, Served, Tools
from schemas.document import Document
from schemas.infer import observe
from schemas.samples.keys import values_among
from schemas.samples.learned import Learned, dump

_DEEPEST = 100

_FAILURES = ("error", "errors", "fault")


class SampleProbe(Block):
    """`kind: sample`. The document is the answer with every value replaced by a fixed one of its type: values may be
    personal data and are never kept, but of the fields in `learn_values`. Ask with the same parameters each time, for
    something that changes little."""

    kind: Literal["sample"] = "sample"
    url: WebAddress
    headers: Headers = Field(default_factory=dict, description="sent as they are; values may be env: or file: references")
    auth: Auth | None = None
    max_bytes: Size = 8 * MEGABYTE
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for the whole exchange")
    private: bool = Field(default=False, description="allow loopback and private networks")
    learn_values: tuple[str, ...] = Field(
        default=(), description="fields whose few values are kept and learned as they are, such as `status` and `data[].state`"
    )
    published: Path | None = Field(
        default=None, description="a JSON Schema or an API description to hold new answers against as well, relative to this file"
    )
    operation: str | None = Field(
        default=None, description="the operation of that description that answers, as `GET /orders/{id}`; default the only one"
    )

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return "sample"

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """One GET, always whole: the data changes far more often than its shape. Raises `probes.errors`."""
        answer = await tools.http.request(
            "GET",
            self.url,
            headers={"accept": "application/json", **secret_headers(self.headers, self.auth)},
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            private=self.private,
        )
        refuse_by_status(answer)
        refuse_no_document(answer)
        value = _value(answer)
        warnings = {name: value for name, value in kept_headers(answer).items() if name not in ("etag", "last-modified")}
        content = orjson.dumps(_shape(value, answer, 0), option=orjson.OPT_SORT_KEYS)
        if self.learn_values:
            content = dump(Learned(answers=1, shape=observe(value, learned=frozenset(self.learn_values))))
        return Served(
            document=Document(content=content, source=public(answer.url), media_type="application/json", headers=warnings)
        )


def _value(answer: Answer) -> Any:
    host, kind = host_of(answer.url), media_type(answer)
    if kind is not None and kind != "application/json" and not kind.endswith("+json") and kind != "text/json":
        raise Unfit(f"{host} answered with {kind[:60]} where JSON was expected")
    try:
        value = orjson.loads(answer.body)
    except ValueError:
        raise Unfit(f"{host} answered 200 with something that is not JSON") from None
    if isinstance(value, dict) and len(value) <= 4 and any(value.get(name) for name in _FAILURES):
        raise Unfit(f"{host} answered 200 with an error in place of the data")
    return value


def _distinct(values: Iterable[Any], answer: Answer, depth: int) -> list[Any]:
    shapes = {orjson.dumps(_shape(each, answer, depth + 1), option=orjson.OPT_SORT_KEYS) for each in values}
    return [orjson.loads(each) for each in sorted(shapes)]


def _shape(value: Any, answer: Answer, depth: int) -> Any:
    """The same structure without its values. Elements of one shape stand once in a list, lists in a fixed order.

    Keys that are values (ids, addresses) are numbered instead, one for each shape of what they hold.
    """
    if depth > _DEEPEST:
        raise Unfit(f"{host_of(answer.url)} answered with JSON more than {_DEEPEST} levels deep")
    if isinstance(value, dict):
        keys = values_among(value)
        shape = {key: _shape(each, answer, depth + 1) for key, each in value.items() if key not in keys}
        held = _distinct((value[key] for key in keys), answer, depth)
        return shape | {f"{number:08}": each for number, each in enumerate(held)}
    if isinstance(value, list):
        return _distinct(value, answer, depth)
    if isinstance(value, bool) or value is None:
        return None if value is None else False
    if isinstance(value, int):
        return 0
    return 0.5 if isinstance(value, float) else ""


PROBE = SampleProbe
