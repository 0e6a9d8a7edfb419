"""Any document by its URL: an OpenAPI description, a JSON Schema, an SDL file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import Field

from probes.answers import conditions, host_of, identity, refuse_by_status, refuse_no_document, served
from probes.block import MEGABYTE, Auth, Block, Headers, Host, Size, WebAddress, secret_headers
from probes.errors import Unfit
from probes.http_parts import Asking, unchanged, whole
from probes.probe import Answer, Fetched, NotModified, Probe, Tools


class HttpProbe(Block):
    """`kind: http`. Asks with the validators of the last document, so that an unchanged one costs the vendor a 304."""

    kind: Literal["http"] = "http"
    url: WebAddress
    method: Literal["GET"] = "GET"
    headers: Headers = Field(default_factory=dict, description="sent as they are; values may be env: or file: references")
    auth: Auth | None = None
    accept: str = "application/json, application/yaml;q=0.9, */*;q=0.8"
    written_in: str | None = Field(default=None, alias="format", description="the document's format; recognised if not named")
    max_bytes: Size = 64 * MEGABYTE
    imports_from: tuple[Host, ...] = Field(
        default=(), description="further hosts that what the document imports may come from; default only its own"
    )
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for the whole exchange")
    private: bool = Field(default=False, description="allow loopback and private networks")

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return self.written_in

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """One conditional GET, and one for each part that the document imports; raises `probes.errors`."""
        clock = asyncio.get_running_loop().time
        of = identity(self.url, self.accept, *sorted(self.headers), self.auth.account() if self.auth else "", *self.imports_from)
        begun, asked = clock(), conditions(known, of)
        answer = await self._ask(tools, asked)
        if answer.status == 304:
            if not asked:
                raise Unfit(f"{host_of(answer.url)} answered 304 to a request without conditions")
            if await unchanged(known, self._asking(of, clock() - begun), tools):
                return NotModified()
            answer = await self._ask(tools, {})
        refuse_by_status(answer)
        refuse_no_document(answer)
        return await whole(served(answer, of), self._asking(of, clock() - begun), tools, format=self.written_in)

    async def _ask(self, tools: Tools, conditions: Mapping[str, str]) -> Answer:
        return await tools.http.request(
            self.method,
            self.url,
            headers={"accept": self.accept, **secret_headers(self.headers, self.auth), **conditions},
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            private=self.private,
        )

    def _asking(self, of: str, spent: float) -> Asking:
        """How parts are asked for: within what is left of the deadline after `spent` seconds."""
        return Asking(
            headers=secret_headers(self.headers, self.auth),
            accept=self.accept,
            hosts=self.imports_from,
            max_bytes=self.max_bytes,
            deadline=max(self.deadline - timedelta(seconds=spent), timedelta(milliseconds=1)),
            private=self.private,
            of=of,
        )


PROBE = HttpProbe
