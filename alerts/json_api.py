"""A vendor's JSON API as the channels speak it: one try a call, the answer read, every failure sorted and free of secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from alerts.answers import refusal
from alerts.channels import Http, Post
from alerts.errors import Reason, Undeliverable, Undelivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is the parsed JSON, None for none. Header names are in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str]
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonApi:
    """`who` names the vendor in texts; `base` is its address without a trailing slash, `headers` go with every call and hold the
    credentials. `private` allows a `base` in our own network. `seconds` bounds each call.

    `call` raises `Undelivered` or `Undeliverable`; of the vendor's answer its texts hold nothing but the status, unless the
    channel puts in what it knows to be harmless.
    """

    who: str
    base: str
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    http: Http
    seconds: float
    private: bool = False

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        expect: frozenset[int] = frozenset(),
    ) -> Answer:
        """One call. `path` begins with a slash (see `segment` for what goes into it); `body` is sent as JSON, `form` as a form.

        2xx and the statuses in `expect` are answers, anything else raises. What only reads has done nothing when it fails.
        """
        sent = {"accept": "application/json", **self.headers, **(headers or {})}
        content = b""
        if form is not None:
            sent["content-type"], content = "application/x-www-form-urlencoded", urlencode(form).encode()
        elif body is not None:
            sent["content-type"], content = "application/json; charset=utf-8", orjson.dumps(body)
        url = f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            post = await self.http.send(method, url, headers=sent, content=content, seconds=self.seconds, private=self.private)
            return self._read(post, expect)
        except Undelivered as error:
            if method in {"GET", "HEAD"} and error.unknown:
                raise Undelivered(str(error), reason=error.reason, retry_after=error.retry_after) from None
            raise

    def _read(self, post: Post, expect: frozenset[int]) -> Answer:
        answer = Answer(status=post.status, body=None, headers=post.headers, retry_after=post.retry_after)
        taken = 200 <= post.status < 300
        if not taken and post.status not in expect:
            raise refusal(self.who, post.status, post.retry_after)
        if not post.body:
            return answer
        try:
            return replace(answer, body=orjson.loads(post.body))
        except orjson.JSONDecodeError:
            if not taken:
                return answer
            text = f"{self.who} answered {post.status} with something that is no JSON: check its address"
            raise Undelivered(text, reason=Reason.SERVER, unknown=True) from None


def segment(text: str) -> str:
    """`text` as one segment of a path: whatever is in it, it leads nowhere else."""
    return quote(text, safe="")


def field(answer: Answer, who: str, *path: str | int) -> Any:
    """What stands at a place of the answer. Raises `Undelivered` where it does not: the answer is not as described."""
    value = answer.body
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            place = ".".join(map(str, path))
            raise Undelivered(f"{who}'s answer has no {place}", reason=Reason.SERVER, unknown=True) from None
    return value


def https_only(url: str, *, private: bool, who: str) -> str:
    """The address without a trailing slash. Raises ValueError for one over which credentials would travel openly."""
    if not url.startswith("https://") and not (private and url.startswith("http://")):
        raise ValueError(f"{who} is spoken to over https only (http with `private: true`, inside your own network)")
    return url.rstrip("/")


def final(text: str, *, reason: Reason = Reason.CLIENT) -> Undeliverable:
    """A refusal that no further try passes."""
    return Undeliverable(text, reason=reason)
