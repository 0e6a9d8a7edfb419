"""Any document by its URL: an OpenAPI description, a JSON Schema, an SDL file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import Field

from probes.answers import conditions, host_of, identity, refuse_by_status, refuse_no_document, served
from probes.block import MEGABYTE, Auth, Block, Headers, Size, WebAddress, secret_headers
from probes.errors import Unfit
from probes.probe import Fetched, NotModified, Probe, Tools


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
    deadline: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), description="for the whole exchange")
    private: bool = Field(default=False, description="allow loopback and private networks")

    def expand(self) -> Sequence[tuple[str, Probe]]:
        return (("", self),)

    def format(self) -> str | None:
        return self.written_in

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        """One conditional GET; raises `probes.errors`."""
        of = identity(self.url, self.accept, *sorted(self.headers), self.auth.account() if self.auth else "")
        asked = conditions(known, of)
        answer = await tools.http.request(
            self.method,
            self.url,
            headers={"accept": self.accept, **secret_headers(self.headers, self.auth), **asked},
            deadline=self.deadline,
            max_bytes=self.max_bytes,
            private=self.private,
        )
        if answer.status == 304:
            if not asked:
                raise Unfit(f"{host_of(answer.url)} answered 304 to a request without conditions")
            return NotModified()
        refuse_by_status(answer)
        refuse_no_document(answer)
        return served(answer, of)


PROBE = HttpProbe
