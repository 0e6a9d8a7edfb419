"""A stand-in for one Salesforce org: as strict about signing in as the real one, and its objects drift on cue."""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.clock import Clock
from monitor.demo.salesforce_events import schema_of
from monitor.demo.salesforce_objects import Described, objects
from monitor.demo.vendor import Asked, Receive, Reply, Scope, Send, read_request, reply

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FIELDS_OF = re.compile(r"SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition\.QualifiedApiName = '(\w+)'")
_LONGEST_ASSERTION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The connected app and its pre-approved user. `private_key` is the PEM that signs for it; the org has the public one."""

    client_id: str = "3MVG9demoConsumerKey"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    user: str = "sync@example.com"
    private_key: str = field(default="", repr=False)

    @classmethod
    def make(cls) -> App:
        """An app with a fresh RSA key of 2048 bits."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return cls(private_key=pem)

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        pem = self.private_key.encode()
        key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)  # it is our own
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.public_key()


class Org:
    """An ASGI app: the token endpoint, `/services/data`, `sobjects`, `describe` and `limits`.

    Sign in at the URL it is served under, which is also the audience of a JWT. `sign_ins` and `describes` count what was
    asked; `next` queues replies to give instead of the next describe; `used` of `allowed` is the API budget.
    """

    def __init__(
        self, app: App, *, clock: Clock, versions: tuple[str, ...] = ("64.0", "65.0", "66.0"), allowed: int = 100_000
    ) -> None:
        self.app = app
        self.versions = versions
        self.retired: set[str] = set()
        self.hidden: set[str] = set()
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.allowed = allowed
        self.used = 0
        self.sign_ins = 0
        self.describes: deque[str] = deque(maxlen=10_000)
        self.not_modified = 0
        self._clock = clock
        self._public_key = app.public_key
        self._sessions: set[str] = set()
        self._objects = objects()
        self._modified = dict.fromkeys(self._objects, datetime(2026, 1, 15, 9, 30, tzinfo=UTC))
        self._queued: deque[Reply] = deque()
        self._kept_from_us: list[tuple[str, str]] = []

    # What drifts

    def drop_field(self, name: str, field_name: str) -> None:
        """Delete a field of an object."""
        described = self._changed(name)
        self._field(name, field_name)
        described["fields"] = [each for each in described["fields"] if each["name"] != field_name]

    def hide_field(self, name: str, field_name: str) -> None:
        """Take a field from our user by field-level security: the Tooling API still knows it."""
        self.drop_field(name, field_name)
        self._kept_from_us.append((name, field_name))

    def shorten(self, name: str, field_name: str, length: int) -> None:
        """Give a text field a new length."""
        self._changed(name)
        self._field(name, field_name).update(length=length, byteLength=length * 3)

    def deactivate(self, name: str, field_name: str, value: str) -> None:
        """Make a picklist value inactive."""
        self._changed(name)
        found = [entry for entry in self._field(name, field_name)["picklistValues"] if entry["value"] == value]
        if not found:
            raise KeyError(f"{name}.{field_name} has no value {value!r}")
        found[0]["active"] = False

    def restrict(self, name: str, field_name: str) -> None:
        """Let a picklist take its listed values only."""
        self._changed(name)
        self._field(name, field_name)["restrictedPicklist"] = True

    def relabel(self, name: str, field_name: str, label: str) -> None:
        """Change a label: cosmetic, though the answer's bytes differ."""
        self._changed(name)
        self._field(name, field_name)["label"] = label

    def restore(self) -> None:
        """Everything as it was when the org was new."""
        self._objects = objects()
        for name in self._modified:
            self._touch(name)

    # What goes wrong

    def expire_sessions(self) -> None:
        """Every access token given out until now is refused from now on."""
        self._sessions.clear()

    def next(self, *replies: Reply) -> None:
        """Answer the next describes like this, one each."""
        self._queued.extend(replies)

    def describe(self, name: str, version: str = "66.0") -> Described:
        """What the org answers for an object."""
        described = copy.deepcopy(self._objects[name])
        root = f"/services/data/v{version}/sobjects/{name}"
        described["urls"] = {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"}
        return described

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = await read_request(scope, receive)
            base = f"{scope['scheme']}://{asked.headers.get('host', '')}"
            await reply(send, self._answer(asked, base))

    def _answer(self, asked: Asked, base: str) -> Reply:
        if asked.path == "/services/oauth2/token":
            return self._token(asked, base)
        if asked.path.rstrip("/") == "/services/data":
            return _json(200, [{"label": f"v{v}", "url": f"/services/data/v{v}", "version": v} for v in self.versions])
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self._sessions:
            return _problem(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used >= self.allowed:
            return self._metered(_problem(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
        self.used += 1
        return self._metered(self._api(asked))

    def _api(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        version = parts[2].removeprefix("v") if len(parts) > 2 else ""
        if asked.method != "GET":
            return _problem(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{asked.method}' not allowed. Allowed are GET")
        if version in self.retired:
            return _problem(410, "UNSUPPORTED_API_VERSION", f"The API version v{version} is no longer available")
        if parts[:2] != ["services", "data"] or version not in self.versions:
            return _problem(404, "NOT_FOUND", "The requested resource does not exist")
        if parts[3:] == ["limits"]:
            return _json(200, {"DailyApiRequests": {"Max": self.allowed, "Remaining": self.allowed - self.used}})
        if parts[3:] == ["sobjects"]:
            short = [{k: v for k, v in each.items() if not isinstance(v, list)} for each in self._objects.values()]
            return _json(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": short})
        if parts[3:] == ["tooling", "query"]:
            return self._tooling(asked.query)
        if len(parts) == 6 and parts[3] == "sobjects" and parts[5] == "eventSchema" and parts[4] in self.events:
            compact = parse_qs(asked.query).get("payloadFormat") == ["COMPACT"]
            return _json(200, schema_of(parts[4], self.events[parts[4]], compact=compact))
        if len(parts) == 6 and parts[3] == "sobjects" and parts[5] == "describe":
            return self._describe(parts[4], version, asked.headers)
        return _problem(404, "NOT_FOUND", "The requested resource does not exist")

    def _tooling(self, query: str) -> Reply:
        asked = _FIELDS_OF.fullmatch(parse_qs(query).get("q", [""])[0])
        if asked is None or asked[1] not in self._objects:
            return _problem(400, "MALFORMED_QUERY", "unexpected token")
        names = [field["name"] for field in self._objects[asked[1]]["fields"]]
        names += [field for name, field in self._kept_from_us if name == asked[1]]
        rows = [{"attributes": {"type": "FieldDefinition"}, "QualifiedApiName": name} for name in names]
        return _json(200, {"size": len(rows), "totalSize": len(rows), "done": True, "records": rows})

    def _describe(self, name: str, version: str, headers: Mapping[str, str]) -> Reply:
        self.describes.append(name)
        if self._queued:
            return self._queued.popleft()
        if name not in self._objects or name in self.hidden:
            return _problem(404, "NOT_FOUND", "The requested resource does not exist")
        modified = self._modified[name]
        dated = {"last-modified": format_datetime(modified, usegmt=True)}
        since = headers.get("if-modified-since")
        if since is not None:
            try:
                unchanged = modified <= parsedate_to_datetime(since)
            except (ValueError, TypeError):
                return _problem(400, "INVALID_HEADER_VALUE", "If-Modified-Since is not a date")
            if unchanged:
                self.not_modified += 1
                return Reply(status=304, headers=dated)
        return _json(200, self.describe(name, version), dated)

    def _token(self, asked: Asked, base: str) -> Reply:
        self.sign_ins += 1
        if asked.method != "POST":
            return Reply(status=405, headers={"allow": "POST"})
        if not asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _refused("invalid_request", "the request must be form-encoded")
        form = {name: values[0] for name, values in parse_qs(asked.body.decode("latin-1")).items() if len(values) == 1}
        grant = form.get("grant_type")
        if grant == _JWT_BEARER:
            wrong = self._wrong_assertion(form.get("assertion", ""), base)
        elif grant == "client_credentials":
            wrong = self._wrong_secret(form)
        else:
            return _refused("unsupported_grant_type", "grant type not supported")
        if wrong is not None:
            return _refused(*wrong)
        token = f"00D000000000001!{secrets.token_urlsafe(60)}"
        self._sessions.add(token)
        issued = int(self._clock.now().timestamp() * 1000)
        body = {"access_token": token, "instance_url": base, "id": f"{base}/id/00D000000000001/005000000000001"}
        return _json(200, {**body, "token_type": "Bearer", "issued_at": str(issued), "signature": "c3RhbmQtaW4="})

    def _wrong_assertion(self, assertion: str, base: str) -> tuple[str, str] | None:
        try:
            head = jwt.get_unverified_header(assertion)
            if head.get("alg") != "RS256":
                return "invalid_grant", "algorithm not supported"
            # The times are checked below against the org's own clock.
            ours: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
            claims = jwt.decode(assertion, self._public_key, algorithms=["RS256"], options=ours)
        except jwt.InvalidTokenError:
            return "invalid_grant", "invalid assertion"
        if claims.get("iss") != self.app.client_id:
            return "invalid_client_id", "client identifier invalid"
        if claims.get("sub") != self.app.user:
            return "invalid_grant", "user hasn't approved this consumer"
        if claims.get("aud") != base:
            return "invalid_grant", "audience is invalid"
        expires, now = claims.get("exp"), self._clock.now().timestamp()
        if not isinstance(expires, int) or not now < expires <= now + _LONGEST_ASSERTION.total_seconds():
            return "invalid_grant", "expired authorization code"
        return None

    def _wrong_secret(self, form: Mapping[str, str]) -> tuple[str, str] | None:
        if form.get("client_id") != self.app.client_id:
            return "invalid_client_id", "client identifier invalid"
        if not secrets.compare_digest(form.get("client_secret", ""), self.app.client_secret):
            return "invalid_client", "invalid client credentials"
        return None

    def _metered(self, answer: Reply) -> Reply:
        usage = {"sforce-limit-info": f"api-usage={self.used}/{self.allowed}"}
        return Reply(status=answer.status, headers={**usage, **answer.headers}, body=answer.body)

    def _field(self, name: str, field_name: str) -> Described:
        found: list[Described] = [each for each in self._objects[name]["fields"] if each["name"] == field_name]
        if not found:
            raise KeyError(f"{name} has no field {field_name}")
        return found[0]

    def _changed(self, name: str) -> Described:
        self._touch(name)
        return self._objects[name]

    def _touch(self, name: str) -> None:
        # HTTP dates have whole seconds: two changes within one must still be told apart.
        now = self._clock.now().replace(microsecond=0)
        self._modified[name] = max(now, self._modified[name] + timedelta(seconds=1))


def _json(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    kind = {"content-type": "application/json;charset=UTF-8"}
    return Reply(status=status, headers={**kind, **(headers or {})}, body=json.dumps(body).encode())


def _problem(status: int, code: str, message: str) -> Reply:
    """An API error: an array, unlike the token endpoint's object."""
    return _json(status, [{"message": message, "errorCode": code}])


def _refused(error: str, description: str) -> Reply:
    return _json(400, {"error": error, "error_description": description})
