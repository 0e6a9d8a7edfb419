"""PagerDuty: events that page (Events API v2), incidents read back and acknowledgements heard (REST v2, webhooks v3).

The official client does the talking, each call in a thread of a small pool of its own, tried once: the outbox retries.
Facts about limits and answers: PagerDuty's API descriptions and developer documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alerts.calendars.duty import Duty
from alerts.channels import Receipt, Reply, Tools, Watched
from alerts.errors import Reason, Undeliverable, Undelivered, Unverified
from alerts.matrix import Contact
from alerts.page import Action, Page
from alerts.pagerduty.calls import Calls, Incident
from alerts.pagerduty.event import change_of, event_of, note_of
from alerts.pagerduty.oncalls import duties
from alerts.pagerduty.webhook import replies_in, signed
from alerts.priority import Priority


class PagerDuty(BaseModel):
    """One service of an account. `routing_key` is its Events v2 integration key, and a secret.

    With `token` (a REST key; `token_kind` bearer for OAuth) acknowledgements are polled and incidents read back. With
    `from_address` as well, the e-mail address of a user, incidents get our notes, urgency and priority.
    With `changes`, accepted baselines and changes that page nobody are change events of the service, which never notify.
    `updates` says how a note of ours is told on an incident: as a note, or as a status update, which is mailed to everybody who
    subscribed to the incident.
    `webhook_secrets` are those of the v3 subscriptions, several while one is replaced. `base_url` and `api_url` are https; EU
    accounts have their own. `client_url` is shown as our address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["pagerduty"] = "pagerduty"
    routing_key: SecretStr
    token: SecretStr | None = None
    token_kind: Literal["token", "bearer"] = "token"  # noqa: S105 - names a scheme, no secret
    from_address: str = ""
    webhook_secrets: tuple[SecretStr, ...] = ()
    base_url: str = "https://events.pagerduty.com"
    api_url: str = "https://api.pagerduty.com"
    ca_file: Path | None = None
    proxy: SecretStr | None = None
    client_url: str = ""
    changes: bool = False
    updates: Literal["notes", "status-updates"] = "notes"
    seconds: float = Field(default=10.0, gt=0, le=30)

    address: ClassVar[str] = ""
    climbs: ClassVar[bool] = True

    @field_validator("routing_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if len(text) != 32 or not text.isascii() or not text.isalnum():
            raise ValueError("a routing key is 32 letters and digits: the Integration Key of an Events API v2 integration")
        return key

    @field_validator("base_url", "api_url")
    @classmethod
    def _https_only(cls, url: str) -> str:
        if not url.startswith("https://"):
            raise ValueError("PagerDuty is spoken to over https only")
        return url.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _exists(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"{path} is no file: ca_file is a PEM file of certificate authorities")
        return path

    @model_validator(mode="after")
    def _secrets_are_not_empty(self) -> PagerDuty:
        if any(not secret.get_secret_value() for secret in (*self.webhook_secrets, *([self.token] if self.token else []))):
            raise ValueError("token and webhook_secrets must not be empty: an empty secret would accept anybody's signature")
        return self

    @model_validator(mode="after")
    def _takes_changes(self) -> PagerDuty:
        if self.changes and self.routing_key.get_secret_value().startswith("R"):
            raise ValueError(
                "changes need the Integration Key of a service: one that starts with R is a ruleset's, which takes none"
            )
        return self

    @property
    def hears_changes(self) -> bool:
        """Changes that page nobody are listed beside the incidents of the service."""
        return self.changes

    @property
    def reads_back(self) -> bool:
        """What was sent can be asked for afterwards."""
        return self.token is not None

    @property
    def takes_notes(self) -> bool:
        """Notes go onto incidents by REST, in somebody's name."""
        return self.token is not None and bool(self.from_address)

    @property
    def keeps_incidents(self) -> bool:
        """Incidents take our notes and our priority by REST, in somebody's name."""
        return self.takes_notes

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Trigger, acknowledge or resolve; a note goes onto the incident, a change beside it. Raises `Undelivered` or
        `Undeliverable`."""
        calls = self._calls(tools.now)
        if page.action is Action.CHANGE:
            await calls.change(change_of(page))
            return Receipt(reference=page.dedup_key)
        if page.action is Action.NOTE:
            incident = await calls.newest(page.dedup_key) if self.reads_back and self.from_address else None
            if incident is None:
                raise Undeliverable(
                    "PagerDuty takes notes on an incident only, and with token and from_address", reason=Reason.CLIENT
                )
            tell = calls.note if self.updates == "notes" else calls.status_update
            await tell(incident.id, note_of(page))
            return Receipt(reference=incident.id)
        event = event_of(page, self.client_url)
        return Receipt(reference=await calls.send(str(page.action), page.dedup_key, event))

    async def arrived(self, dedup_key: str, tools: Tools) -> str | None:
        """The id of the incident a key has become, None where there is none. See `alerts.channels.ReadsBack`."""
        incident = await self._calls(tools.now).newest(dedup_key)
        return incident.id if incident else None

    async def grade(self, dedup_key: str, priority: Priority, tools: Tools) -> bool:
        """The incident's urgency (high for P1 and P2) and its priority of the same name. See `alerts.channels.KeepsIncidents`."""
        calls = self._calls(tools.now)
        incident = await calls.newest(dedup_key)
        if incident is None:
            return False
        if incident.status != "resolved":
            await calls.grade(incident, "high" if priority <= Priority.P2 else "low", str(priority))
        return True

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people did to the incidents of these keys, oldest first. Empty without a token."""
        if not self.reads_back:
            return []
        calls = self._calls(tools.now)
        found: list[Reply] = []
        for each in watched:
            incident = await calls.newest(each.dedup_key)
            if incident is not None:
                found += _read(incident, each)
        return sorted(found, key=lambda reply: (reply.at, reply.event_id))

    async def on_call(
        self, schedule: str, contacts: Mapping[str, Contact], since: datetime, until: datetime, tools: Tools
    ) -> tuple[tuple[Duty, ...], int]:
        """Who is on call by a schedule of this account. See `alerts.channels.KeepsSchedules`."""
        if not self.reads_back:
            raise Undeliverable("PagerDuty tells its schedules only with a token", reason=Reason.CLIENT)
        entries = await self._calls(tools.now).on_call(schedule, since, until)
        try:
            return duties(entries, contacts, since, until)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"PagerDuty's on-call entries are not as described ({type(error).__name__})"
            raise Undelivered(text, reason=Reason.SERVER) from None

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """The replies in one v3 webhook. Raises `Unverified` or `Unreadable`."""
        secrets = [secret.get_secret_value() for secret in self.webhook_secrets]
        if not secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not signed(headers, body, secrets):
            raise Unverified("the PagerDuty webhook's signature fits none of webhook_secrets")
        return replies_in(body)

    def _calls(self, now: datetime) -> Calls:
        return Calls(
            routing_key=self.routing_key,
            token=self.token,
            token_kind=self.token_kind,
            from_address=self.from_address,
            base_url=self.base_url,
            api_url=self.api_url,
            ca_file=self.ca_file,
            proxy=self.proxy,
            seconds=self.seconds,
            now=now,
        )


def _read(incident: Incident, watched: Watched) -> Iterable[Reply]:
    """What an incident says happened to it. An acknowledgement taken back leaves no trace but its absence."""

    def reply(kind: str, by: str, user: str, at: datetime) -> Reply:
        event = f"poll:{incident.id}:{watched.dedup_key}:{kind}:{by}:{at.isoformat()}"
        return Reply(source="pagerduty", event_id=event, kind=kind, dedup_key=watched.dedup_key, by=by, at=at, user=user)

    for by, user, at in incident.acknowledgements:
        yield reply("acknowledged", by, user, at)
    known = watched.acknowledged_at
    if incident.status == "triggered" and known is not None and incident.changed_at > known:
        yield reply("unacknowledged", "", "", incident.changed_at)
    if incident.status == "resolved" and not incident.merged:
        yield reply("resolved", *incident.changed_by, incident.changed_at)


CHANNEL = PagerDuty
