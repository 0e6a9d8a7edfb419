"""Statuspage: one incident an escalation for everybody who reads the page. It is written by promises alone: a person approved
each text, for a customer of the file who stands for the page and whose `channel` is this.

Facts about limits and answers are general knowledge of the vendor's API, so what may differ is kept small.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from alerts.channels import Checked, Receipt, Tools
from alerts.errors import Reason, Undelivered
from alerts.json_api import Answer, JsonApi, field, final, https_only, segment
from alerts.page import Page, Record
from alerts.wording import clean, cut, fit_to_open

STATUS = {"open": "investigating", "acknowledged": "identified", "mitigating": "monitoring", "resolved": "resolved"}
IMPACT = {1: "critical", 2: "major", 3: "minor"}
COMPONENT = {1: "major_outage", 2: "partial_outage", 3: "degraded_performance"}
NAME_LENGTH = 200
BODY_LENGTH = 20_000
_OVER = frozenset({"resolved", "postmortem"})
_TOO_MUCH = 420


class Statuspage(BaseModel):
    """`page` is the page's id, `api_key` a user's. `notify` says whether each update is mailed to every subscriber of the page:
    there is no default, for the vendor's own is yes.

    `components` are the ids of those that are shown as affected until it is over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["statuspage"] = "statuspage"
    page: str = Field(pattern=r"^[a-z0-9]{4,40}$")
    api_key: SecretStr
    notify: bool
    components: tuple[str, ...] = ()
    url: str = "https://api.statuspage.io"
    seconds: float = Field(default=10.0, gt=0, le=25)
    private: bool = False

    address: ClassVar[str] = ""
    keeps_records: ClassVar[bool] = True
    rings: ClassVar[bool] = False
    public: ClassVar[bool] = True
    rights: ClassVar[str] = "an API key of a team member who manages incidents of this one page"

    @model_validator(mode="after")
    def _is_safe(self) -> Statuspage:
        https_only(self.url, private=self.private, who="Statuspage")
        if not self.api_key.get_secret_value():
            raise ValueError("api_key is empty: it is shown under API info")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the incident to what the page says, with its text as an update. Raises `Undelivered` or `Undeliverable`.

        One that is gone, or was closed while ours is not over, is followed by a new one. What is known by the last update's id in
        the incident's metadata is not told twice.
        """
        record = page.record
        if record is None or not record.subject:
            raise final("Statuspage is read by customers: only an update that a person approved goes there")
        text = _public(dict(page.content.facts).get("", ""), BODY_LENGTH)
        if not text:
            raise final("the page has no text for the customer")
        api = self._api(tools)
        incident = await self._known(api, page, record)
        if incident is not None and _ours(incident).get("update") == page.id:
            return _receipt(incident)
        said = {"incident": self._incident(page, record, text)}
        if incident is not None:
            answer = await self._call(api, "PATCH", f"/incidents/{segment(str(incident['id']))}", said)
        else:
            answer = await self._call(api, "POST", "/incidents", said)
        field(answer, "Statuspage", "id")
        return _receipt(answer.body)

    async def check(self, tools: Tools) -> Checked:
        """The page's name. See `alerts.channels.Checks`."""
        answer = await self._call(self._api(tools), "GET", "")
        warnings = () if not self.notify else ("each update is mailed to every subscriber: notify is true",)
        return Checked(account=clean(str(field(answer, "Statuspage", "name")), 200), warnings=warnings)

    async def _known(self, api: JsonApi, page: Page, record: Record) -> dict[str, Any] | None:
        """The incident that is still to be written in, None where a new one is to be made."""
        found: dict[str, Any] | None = None
        if record.reference:
            answer = await self._call(api, "GET", f"/incidents/{segment(record.reference)}", expect=frozenset({404}))
            found = answer.body if answer.status != 404 and isinstance(answer.body, dict) else None
        elif page.possible_repeat:
            answer = await self._call(api, "GET", "/incidents", query={"limit": "100"})
            listed = [each for each in answer.body or () if isinstance(each, dict) and _ours(each).get("key") == _key(page)]
            found = listed[0] if listed else None
        if found is None or "id" not in found:
            return None
        if found.get("status") in _OVER and STATUS[record.state] not in _OVER and _ours(found).get("update") != page.id:
            return None  # it was closed there
        return found

    def _incident(self, page: Page, record: Record, text: str) -> dict[str, Any]:
        status = STATUS[record.state]
        incident: dict[str, Any] = {
            "name": _public(page.content.summary, NAME_LENGTH) or "Incident",
            "status": status,
            "impact_override": IMPACT.get(page.priority, "none"),
            "body": text,
            "deliver_notifications": self.notify,
            "metadata": {"driftpager": {"key": _key(page), "update": str(page.id)}},
        }
        if self.components:
            shown = "operational" if status == "resolved" else COMPONENT.get(page.priority, "operational")
            incident["component_ids"] = list(self.components)
            incident["components"] = dict.fromkeys(self.components, shown)
        return incident

    async def _call(self, api: JsonApi, method: str, path: str, body: object = None, **more: Any) -> Answer:
        expect = more.pop("expect", frozenset()) | {_TOO_MUCH}
        answer = await api.call(method, f"/v1/pages/{segment(self.page)}{path}", body, expect=expect, **more)
        if answer.status == _TOO_MUCH:
            text = "Statuspage asked us to slow down (420)"
            raise Undelivered(text, reason=Reason.RATE_LIMITED, retry_after=answer.retry_after)
        return answer

    def _api(self, tools: Tools) -> JsonApi:
        headers = {"authorization": f"OAuth {self.api_key.get_secret_value()}"}
        base = self.url.rstrip("/")
        return JsonApi(who="Statuspage", base=base, headers=headers, http=tools.http, seconds=self.seconds, private=self.private)


def _key(page: Page) -> str:
    return f"driftpager-{page.escalation}"


def _ours(incident: dict[str, Any]) -> dict[str, Any]:
    metadata = incident.get("metadata")
    found = metadata.get("driftpager") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _receipt(incident: dict[str, Any]) -> Receipt:
    link = incident.get("shortlink")
    return Receipt(reference=str(incident["id"]), url=link if isinstance(link, str) and fit_to_open(link) else "")


def _public(text: str, length: int) -> str:
    """Text that is the same whether the vendor shows it as text or as HTML."""
    safe = text.replace("<", "\u2039").replace(">", "\u203a")
    return cut(safe.strip(), length).encode("utf-8", "replace").decode()


CHANNEL = Statuspage
