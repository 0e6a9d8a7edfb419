"""What Intercom takes, as its description (2.16) has it, and stricter where that leaves a hole: unknown fields, empty texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^\d+$")]
MOST_FILTERS = 15

CODES = {
    "missing": "parameter_not_found",
    "unknown": "parameter_invalid",
    "type": "parameter_invalid",
    "value": "parameter_invalid",
}


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Contact(_Body):
    """Who a ticket is about, by one of three."""

    id: Text | None = None
    external_id: Text | None = None
    email: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")] | None = None


class NewTicket(_Body):
    """`POST /tickets`."""

    ticket_type_id: Id
    contacts: Annotated[list[Contact], Field(min_length=1, max_length=1)]
    ticket_attributes: dict[str, str | int | float | bool | None] = {}
    skip_notifications: bool = False


class TicketChange(_Body):
    """`PUT /tickets/{id}`."""

    ticket_attributes: dict[str, str | int | float | bool | None] | None = None
    ticket_state_id: Id | None = None
    open: bool | None = None
    admin_id: int | None = None
    skip_notifications: bool = False


class Answer(_Body):
    """`POST /tickets/{id}/reply` and `POST /conversations/{id}/reply`, by a teammate."""

    message_type: Literal["comment", "note"]
    type: Literal["admin"]
    admin_id: Id
    body: Text
    skip_notifications: bool = False


class NewTag(_Body):
    """`POST /tags`."""

    name: Text


class Tagging(_Body):
    """`POST /tickets/{id}/tags`."""

    id: Id
    admin_id: Id


class Paging(_Body):
    per_page: Annotated[int, Field(ge=1, le=150)] = 20
    starting_after: str | None = None


class Search(_Body):
    """`POST /tickets/search` and `POST /conversations/search`: two levels, 15 filters a group, groups of one sort."""

    query: dict[str, Any]
    pagination: Paging = Paging()

    @model_validator(mode="after")
    def _is_sound(self) -> Search:
        _sound(self.query, 0)
        return self


def _sound(query: Any, level: int) -> None:
    if not isinstance(query, dict):
        raise ValueError("a filter is an object")
    if set(query) == {"field", "operator", "value"}:
        if query["operator"] not in ("=", "!=", "IN", "<", "<=", ">", ">=", "~", "!~", "^", "$"):
            raise ValueError(f"operator {query['operator']!r}")
        if query["field"] in ("created_at", "conversation_rating.replied_at") and not isinstance(query["value"], int):
            raise ValueError(f"{query['field']} accepts a date")
        return
    if set(query) != {"operator", "value"} or query["operator"] not in ("AND", "OR") or level > 1:
        raise ValueError("a group is an operator and a value, nested twice at most")
    if not isinstance(query["value"], list) or not 1 <= len(query["value"]) <= MOST_FILTERS:
        raise ValueError(f"a group has 1 to {MOST_FILTERS} filters")
    if len({"field" in each for each in query["value"] if isinstance(each, dict)}) != 1:
        raise ValueError("a group holds filters or groups, not both")
    for each in query["value"]:
        _sound(each, level + 1)
