"""A plugin as others would ship it: an invented parcel vendor to probe, and an office gong to page with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from alerts.channels import Receipt
from alerts.channels import Tools as ChannelTools
from alerts.page import Page
from probes.probe import Fetched, NotModified, Tools


class Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(Closed):
    kind: Literal["key"]
    secret: SecretStr


class Login(Closed):
    kind: Literal["login"]
    user: str
    password: SecretStr


class Parcel(Closed):
    """A made-up vendor of parcels."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["parcel"]
    url: str
    shelves: tuple[str, ...] = ()
    auth: Annotated[Key | Login, Field(discriminator="kind")] | None = None
    patience: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0))
    headers: dict[str, SecretStr] = {}
    retries: int = Field(default=1, ge=0, le=9)
    rush: bool = False
    wording: str | None = Field(default=None, alias="text")

    @field_validator("url")
    @classmethod
    def addressed(cls, url: str) -> str:
        if "://" not in url:
            raise ValueError(f"{url} is no address")
        return url

    def expand(self) -> Sequence[tuple[str, Parcel]]:
        if not self.shelves:
            return [("", self)]
        return [(shelf, self.model_copy(update={"shelves": (shelf,)})) for shelf in self.shelves]

    def format(self) -> str | None:
        return "sample"

    async def fetch(self, tools: Tools, known: Mapping[str, str]) -> Fetched:
        return NotModified()


class Gong(Closed):
    """A made-up channel."""

    kind: Literal["gong"]
    token: SecretStr
    volume: int = Field(default=3, ge=1, le=11)

    async def deliver(self, page: Page, tools: ChannelTools) -> Receipt:
        return Receipt()
