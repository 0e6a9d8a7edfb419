"""A stand-in for a Teams channel behind a Workflows webhook: it takes a card, says 202, and tells nothing more."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

MOST_BYTES = 28 * 1024
CARD = "application/vnd.microsoft.card.adaptive"
_ELEMENTS = frozenset({"RichTextBlock", "Container", "TextBlock", "FactSet"})


class Teams:
    """`cards` are those that are shown. `secret` is the `sig` of the flow's address; `swallow` says 202 and shows nothing, as a
    flow does that fails later. `gone`: the flow was deleted, or its owner left."""

    def __init__(self, *, secret: str) -> None:
        self.secret = secret
        self.cards: list[dict[str, Any]] = []
        self.swallow = False
        self.gone = False
        self.app = FastAPI()
        self.app.post("/workflows/{flow}/triggers/manual/paths/invoke", response_model=None)(self._invoke)

    def path(self) -> str:
        """Where the flow is called, below the stand-in's address."""
        return f"/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig={self.secret}"

    def texts(self) -> list[str]:
        """The first line of each card that tells of something."""
        return ["".join(run["text"] for run in card["body"][0]["inlines"]) for card in self.cards]

    async def _invoke(self, request: Request, flow: str) -> Response:
        if self.gone:
            return JSONResponse({"error": {"code": "WorkflowNotFound"}}, status_code=404)
        if request.query_params.get("sig") != self.secret:
            return JSONResponse({"error": {"code": "DirectApiAuthorizationRequired"}}, status_code=401)
        body = await request.body()
        if len(body) > MOST_BYTES:
            return JSONResponse({"error": {"code": "RequestEntityTooLarge"}}, status_code=413)
        try:
            card = _card(json.loads(body))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            return JSONResponse({"error": {"code": "TriggerInputSchemaMismatch", "message": str(error)}}, status_code=400)
        if not self.swallow:
            self.cards.append(card)
        return Response(status_code=202)


def _card(message: Any) -> dict[str, Any]:
    """The one card of a message. Raises ValueError and the like for anything a flow would not post."""
    (attached,) = message["attachments"]
    card: dict[str, Any] = attached["content"]
    sound = message["type"] == "message" and attached["contentType"] == CARD and card["type"] == "AdaptiveCard"
    if not sound or card["version"] not in ("1.2", "1.3", "1.4", "1.5"):
        raise ValueError("not a message with an Adaptive Card of a version that Teams shows")
    if not card["body"] or any(each["type"] not in _ELEMENTS for each in card["body"]):
        raise ValueError("the card has an element that is unknown")
    if any(action["type"] != "Action.OpenUrl" or not action["url"] for action in card.get("actions", ())):
        raise ValueError("the card has an action that only a bot can take")
    return card
