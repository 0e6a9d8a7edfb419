"""Signing in to Salesforce: JWT bearer and client credentials, once for all targets of an integration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

import httpx
import orjson
from pydantic import AfterValidator, Field, SecretStr

from probes.answers import host_of
from probes.block import Block, WebAddress
from probes.errors import ProbeError, Refused, Unfit, Unreachable
from probes.probe import Answer, Tools

if TYPE_CHECKING:
    from datetime import datetime

_LIFE_OF_ASSERTION = timedelta(seconds=180)
_PAUSE_AFTER_REFUSAL = timedelta(seconds=30)
_TOKEN_BYTES = 256 * 1024

_HINTS = {
    "invalid_grant": "check that the user is pre-approved for the app, the login URL is the org's own, and the clock is right",
    "invalid_client_id": "check `client_id`",
    "invalid_client": "check `client_id` and `client_secret`",
    "invalid_app_access": "let an administrator approve the app for this user",
    "app_not_found": "use the org's My Domain as `login`",
    "inactive_user": "the user is inactive in Salesforce",
    "inactive_org": "the org is inactive",
    "unsupported_grant_type": "allow this flow in the app's settings",
}

_TRANSIENT = frozenset({"server_error", "temporarily_unavailable", "unknown_error", "rate_limit_exceeded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A session of the org: the token, and the host to use from then on (without a trailing slash)."""

    token: str
    instance_url: str


def _rsa_key(value: SecretStr) -> SecretStr:
    _refuse_unfit(value.get_secret_value())
    return value


@lru_cache(maxsize=64)
def _refuse_unfit(pem: str) -> None:
    """ValueError for what is no key that Salesforce takes. To find out takes 40 ms a key, and a reload looks at all of them."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("not a private key in PEM form without a password") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("Salesforce takes RSA keys of 2048 bits and more only")


class _App(Block):
    login: WebAddress = Field(description="the org's My Domain, https://example.my.salesforce.com")
    client_id: SecretStr | str

    @property
    def _consumer(self) -> str:
        return self.client_id if isinstance(self.client_id, str) else self.client_id.get_secret_value()

    @property
    def audience(self) -> str:
        """The login URL as a JWT names it: scheme and host only."""
        return str(httpx.URL(self.login).copy_with(path="/", query=None, fragment=None)).rstrip("/")


class JwtBearer(_App):
    """`kind: salesforce-jwt`. The app must be pre-approved for the user; there is no password and no refresh token."""

    kind: Literal["salesforce-jwt"]
    user: str
    key: Annotated[SecretStr, AfterValidator(_rsa_key)] = Field(description="RSA private key, PEM")

    def account(self) -> str:
        """Who signs in where: what shares a token and a budget."""
        return f"{self.audience} {self.user}"

    def form(self, now: datetime) -> dict[str, str]:
        """The form of the token request; `now` is aware UTC."""
        import jwt
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        # It was found to be a key as the configuration was read; to work that out again would hold up the loop.
        pem = self.key.get_secret_value().encode()
        key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        expires = int((now + _LIFE_OF_ASSERTION).timestamp())
        claims = {"iss": self._consumer, "sub": self.user, "aud": self.audience, "exp": expires}
        assertion = jwt.encode(claims, key, algorithm="RS256")  # type: ignore[arg-type] # because the validator let RSA keys pass only
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


class ClientCredentials(_App):
    """`kind: salesforce-client-credentials`. Acts as the run-as user of the app's settings; My Domain host only."""

    kind: Literal["salesforce-client-credentials"]
    client_secret: SecretStr

    def account(self) -> str:
        """Who signs in where: what shares a token and a budget."""
        return f"{self.audience} client credentials"

    def form(self, now: datetime) -> dict[str, str]:
        """The form of the token request."""
        secret = self.client_secret.get_secret_value()
        return {"grant_type": "client_credentials", "client_id": self._consumer, "client_secret": secret}


SalesforceAuth = Annotated[JwtBearer | ClientCredentials, Field(discriminator="kind")]


async def sign_in(
    auth: JwtBearer | ClientCredentials, tools: Tools, *, stale: str | None, deadline: timedelta, private: bool
) -> Grant:
    """The session's grant, a new one if there is none yet or it still is `stale`. However many targets ask at once, one
    request goes out; its failure, too, is everybody's for a while."""
    session, account = tools.session, auth.account()
    async with session.lock(account):
        token = session.tokens.get(account)
        if token is not None and token != stale:
            return Grant(token=token, instance_url=session.instance_urls[account])
        session.tokens.pop(account, None)
        failed = session.refusals.get(account)
        if failed is not None and tools.now < failed[0] + _PAUSE_AFTER_REFUSAL:
            raise failed[1].with_traceback(None)
        try:
            grant = await _ask(auth, tools, deadline=deadline, private=private)
        except ProbeError as error:
            session.refusals[account] = (tools.now, error)
            raise
        session.refusals.pop(account, None)
        session.tokens[account] = grant.token
        session.instance_urls[account] = grant.instance_url
        return grant


async def _ask(auth: JwtBearer | ClientCredentials, tools: Tools, *, deadline: timedelta, private: bool) -> Grant:
    answer = await tools.http.request(
        "POST",
        f"{auth.audience}/services/oauth2/token",
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
        content=urlencode(auth.form(tools.now)).encode(),
        deadline=deadline,
        max_bytes=_TOKEN_BYTES,
        private=private,
    )
    host = host_of(answer.url)
    try:
        said = orjson.loads(answer.body)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    if answer.status == 200:
        token, instance = said.get("access_token"), said.get("instance_url")
        if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token) and isinstance(instance, str):
            return Grant(token=token, instance_url=_instance(instance, auth.audience, host))
        raise Unfit(f"{host} answered the sign-in with something that is no token; check `login`")
    raise _refusal(answer, said.get("error"), host)


def _refusal(answer: Answer, error: object, host: str) -> ProbeError:
    # The description is the vendor's free text and may repeat what we sent: only the code is shown.
    code = error if isinstance(error, str) and re.fullmatch(r"[a-zA-Z_]{1,60}", error) else ""
    if answer.status in (408, 425, 429) or answer.status >= 500 or code in _TRANSIENT:
        return Unreachable(f"{host} answered {answer.status} to the sign-in", retry_after=answer.retry_after)
    if answer.status in (400, 401, 403) and code:
        hint = _HINTS.get(code, "check the app and its user in Salesforce")
        return Refused(f"{host} refuses the sign-in with {code}; {hint}")
    if answer.status in (400, 401, 403):
        return Refused(f"{host} refuses the sign-in with status {answer.status}; check the app and its user in Salesforce")
    return Unfit(f"{host} answered {answer.status} to the sign-in; check `login`")


def _instance(text: str, login: str, host: str) -> str:
    """The host the token is for. It comes from outside: it must be a bare origin, and https where the login was."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise Unfit(f"{host} answered the sign-in with an instance_url that is no URL") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.path not in ("", "/"):
        raise Unfit(f"{host} answered the sign-in with an instance_url that is no plain host")
    if login.startswith("https:") and url.scheme != "https":
        raise Unfit(f"{host} answered the sign-in with an instance_url that is not https")
    return str(url).rstrip("/")
