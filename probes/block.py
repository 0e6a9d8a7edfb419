"""What every probe's configuration block has in common."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

MEGABYTE = 1024 * 1024


class Block(BaseModel):
    """A frozen block of `driftpager.yml`. Unknown keys are refused; what was given never appears in an error, since it
    may be a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)


def _web_address(value: str) -> str:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, UnicodeError, TypeError):
        raise ValueError("not a valid URL; give one like https://api.example.com/openapi.json") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("not an http or https URL; give one like https://api.example.com/openapi.json")
    if url.userinfo:
        raise ValueError("a user or password stands in the URL; put them into `auth`")
    return value


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        raise ValueError("not a valid header name")
    if value.lower() in _OURS:
        raise ValueError(f"the header {value} is set by driftpager itself")
    return value


def _header_value(value: SecretStr | str) -> SecretStr:
    text = value if isinstance(value, str) else value.get_secret_value()
    if not text.isascii() or not text.isprintable():
        raise ValueError("a header's value must be printable ASCII on one line (is there a line break at its end?)")
    return SecretStr(text)


_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "if-none-match", "if-modified-since"}
)


def _host(value: str) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", value):
        raise ValueError("not a host; give one like schemas.example.com, or with a port schemas.example.com:8443")
    return value.lower()


Host = Annotated[str, AfterValidator(_host)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value)]
Headers = dict[HeaderName, Annotated[SecretStr | str, AfterValidator(_header_value)]]
"""Header values may be secrets and so by reference, or plain words such as a version; either way none is ever shown."""

Size = Annotated[int, Field(ge=1024, le=1024 * MEGABYTE, description="bytes")]


class Bearer(Block):
    """`Authorization: Bearer` with a token."""

    kind: Literal["bearer"]
    token: HeaderValue

    def account(self) -> str:
        """Who asks, without the secret."""
        return "bearer"

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.get_secret_value()}"}


class Basic(Block):
    """`Authorization: Basic` with a user and a password."""

    kind: Literal["basic"]
    user: str
    password: SecretStr

    def account(self) -> str:
        """Who asks, without the secret."""
        return f"basic {self.user}"

    def headers(self) -> dict[str, str]:
        pair = httpx.BasicAuth(self.user, self.password.get_secret_value())
        request = next(pair.auth_flow(httpx.Request("GET", "http://unused")))
        return {"authorization": request.headers["authorization"]}


class HeaderAuth(Block):
    """A header of the vendor's own, `X-Api-Key` for one."""

    kind: Literal["header"]
    name: HeaderName
    value: HeaderValue

    def account(self) -> str:
        """Who asks, without the secret."""
        return f"header {self.name.lower()}"

    def headers(self) -> dict[str, str]:
        return {self.name.lower(): self.value.get_secret_value()}


Auth = Annotated[Bearer | Basic | HeaderAuth, Field(discriminator="kind")]


def secret_headers(headers: Headers, auth: Bearer | Basic | HeaderAuth | None) -> dict[str, str]:
    """All configured headers in the clear, names in lower case; `auth` wins."""
    plain = {n.lower(): v if isinstance(v, str) else v.get_secret_value() for n, v in headers.items()}
    return plain | (auth.headers() if auth else {})
