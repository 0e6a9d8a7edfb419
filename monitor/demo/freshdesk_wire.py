"""What Freshdesk takes, written down by hand from its API reference: there is no official description to check against.

Types are strict (`"priority": "4"` is refused) and unknown fields are mistakes, as there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]
Tag = Annotated[str, Field(min_length=1, max_length=32)]
Status = Annotated[int, Field(ge=2)]
Mail = Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")]

CODES = {"missing": "missing_field", "unknown": "invalid_field", "type": "datatype_mismatch", "value": "invalid_value"}


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Both(_Body):
    type: Text | None = None
    responder_id: int | None = None
    group_id: int | None = None
    tags: list[Tag] | None = None
    custom_fields: dict[str, Any] | None = None


class NewTicket(_Both):
    """`POST /tickets`."""

    subject: Annotated[str, Field(min_length=1, max_length=255)]
    description: Text
    priority: Literal[1, 2, 3, 4]
    status: Status
    source: Literal[1, 2, 3, 7, 9, 10] = 2
    requester_id: int | None = None
    email: Mail | None = None
    phone: Text | None = None
    unique_external_id: Text | None = None

    @model_validator(mode="after")
    def _has_a_requester(self) -> NewTicket:
        if not (self.requester_id or self.email or self.phone or self.unique_external_id):
            raise ValueError("a requester is mandatory")
        return self


class TicketChange(_Both):
    """`PUT /tickets/{id}`."""

    subject: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    description: Text | None = None
    priority: Literal[1, 2, 3, 4] | None = None
    status: Status | None = None


class Note(_Body):
    """`POST /tickets/{id}/notes`; private unless it says otherwise."""

    body: Text
    private: bool = True
    notify_emails: list[Mail] | None = None


class Answer(_Body):
    """`POST /tickets/{id}/reply`."""

    body: Text
    cc_emails: list[Mail] | None = None
    bcc_emails: list[Mail] | None = None
