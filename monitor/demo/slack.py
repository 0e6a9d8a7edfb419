"""A stand-in for Slack: one workspace with channels, threads and people who press buttons, as strict as the real one.

It answers the methods of the Web API that driftpager uses, below `/api`, and incoming webhooks below `/services`; it shows its
messages as a web page, and what people press is sent, signed, to the app's interactivity URL. It keeps what it was sent and can
be made to fail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from monitor.clock import Clock, SystemClock
from monitor.demo import slack_page
from monitor.demo.calling import never
from monitor.demo.slack_message import BOT, SCOPES, Channel, Message, Post, Received, Trouble, interaction, post, shown, signed
from monitor.demo.slack_rules import BODIES, QUERIES, argument_mistakes, message_error


class Slack:
    """`app` is the ASGI application. `users` maps member ids to names. `interactivity` is (url, signing secret) of the app.

    `messages` are all that stand, in all channels; `received` holds every call, `mistakes` every fault of one in words, and
    `pressed` the (status, body) that each press was answered with.
    """

    def __init__(
        self,
        *,
        token: str,
        channels: tuple[Channel, ...] = (Channel(id="C0OPS"),),
        users: Mapping[str, str] | None = None,
        scopes: frozenset[str] = SCOPES,
        interactivity: tuple[str, str] | None = None,
        webhook: tuple[str, str] = ("", ""),
        clock: Clock | None = None,
        post: Post = post,
    ) -> None:
        self.token = token
        self.revoked = False
        self.channels = {each.id: each for each in channels}
        self.users = dict(users or {"U1": "ana", "U2": "ben"})
        self.scopes = scopes
        self.interactivity = interactivity
        self.webhook = webhook
        """(path below /services, the channel it posts to)."""
        self.messages: list[Message] = []
        self.received: list[Received] = []
        self.mistakes: list[str] = []
        self.pressed: list[tuple[int, bytes]] = []
        self._clock = clock or SystemClock()
        self._post = post
        self._troubles: list[tuple[str, str, int]] = []
        self._count = 0
        self.app = FastAPI(openapi_url=None)
        self.app.api_route("/api/{method}", methods=["GET", "POST"])(self._method)
        self.app.post("/services/{path:path}")(self._webhook)
        slack_page.routes(self)

    # What goes wrong

    def fail(self, how: str, *, method: str = "", retry_after: int = 0) -> None:
        """The next call (of one method) fails this way: a `Trouble`, or an error by Slack's name of it."""
        self._troubles.append((method, how, retry_after))

    # What people see and do

    def top(self, channel: str = "C0OPS") -> list[Message]:
        """The messages of a channel that are in no thread, the oldest first."""
        return [each for each in self.messages if each.channel == channel and not each.thread]

    def thread(self, message: Message) -> list[Message]:
        """The answers to a message, the oldest first."""
        return [each for each in self.messages if (each.channel, each.thread) == (message.channel, message.ts)]

    def delete(self, message: Message) -> None:
        """A person deletes it, with its thread."""
        gone = [message, *self.thread(message)]
        self.messages = [each for each in self.messages if each not in gone]

    def say(self, message: Message, text: str, by: str = "U1") -> None:
        """A person answers in the thread of a message."""
        said = Message(ts=self._stamp(), channel=message.channel, text=text, by=by, thread=message.ts)
        self.messages.append(said)

    async def press(
        self, message: Message, action: str, by: str = "U1", *, option: int = 0, button: dict[str, Any] | None = None
    ) -> int:
        """A person presses a button of a message, or (`button`) one they saw there before; the status we were answered with."""
        pressed = button or message.buttons[action]
        return await self.announce(interaction(message, pressed, by, self.users[by], self._stamp(), option))

    async def announce(self, payload: Mapping[str, Any], *, secret: str = "", stamp: str = "") -> int:
        """Send an interaction; with another secret it is forged, with another time stamp replayed."""
        if self.interactivity is None:
            return 0
        url, signing = self.interactivity
        body = urlencode({"payload": json.dumps(payload)}).encode()
        status, answer = await self._post(url, signed(body, secret or signing, stamp or str(int(self._now()))), body)
        self.pressed.append((status, answer))
        return status

    # The Web API

    async def _method(self, method: str, request: Request) -> Response:
        index = next((n for n, each in enumerate(self._troubles) if each[0] in ("", method)), None)
        _, how, wait = self._troubles.pop(index) if index is not None else ("", "", 0)
        headers = {"retry-after": str(wait)} if wait else None
        match how:
            case Trouble.TOO_MANY:
                return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
            case Trouble.SERVER_ERROR:
                return PlainTextResponse("upstream connect error", 500)
            case Trouble.UNREADABLE:
                return Response("<html>Sign in</html>", 200, media_type="text/html")
            case Trouble.LOST:
                return await never(request)
        arguments = await self._arguments(method, request)
        failed = how if how and how != Trouble.HANG else ""
        answer = {"ok": False, "error": failed} if failed else self._answer(method, request, arguments)
        self.received.append(Received(method=method, arguments=arguments, headers=dict(request.headers), answer=answer))
        if how == Trouble.HANG:
            return await never(request)
        return JSONResponse(answer, 200, {"x-oauth-scopes": ",".join(sorted(self.scopes)), **(headers or {})})

    async def _arguments(self, method: str, request: Request) -> dict[str, Any]:
        if request.method == "GET":
            return dict(request.query_params)
        body = await request.body()
        if request.headers.get("content-type", "").lower() != "application/json; charset=utf-8" and body:
            self.mistakes.append(f"{method}: the content type is {request.headers.get('content-type')}")
            return {}
        return dict(json.loads(body)) if body else {}

    def _answer(self, method: str, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        if method not in BODIES and method not in QUERIES:
            return _no("unknown_method")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no("invalid_auth" if "authorization" in request.headers else "not_authed")
        if self.revoked:
            return _no("token_revoked")
        wrong = [f"{method}: {mistake}" for mistake in argument_mistakes(method, given)]
        wrong += [] if (request.method == "POST") == (method in BODIES) else [f"{method} is no {request.method}"]
        if wrong:
            self.mistakes += wrong
            return _no("invalid_arguments")
        if method == "auth.test":
            said = {"url": "https://acme.slack.com/", "team": "Acme", "user": "driftpager", "team_id": "T1", "user_id": BOT}
            return {"ok": True, **said, "bot_id": "B1", "is_enterprise_install": False}
        return {
            "chat.postMessage": self._posted,
            "chat.update": self._updated,
            "conversations.history": self._history,
            "conversations.replies": self._history,
            "chat.getPermalink": self._permalink,
        }[method](given)

    def _posted(self, given: dict[str, Any]) -> dict[str, Any]:
        if "chat:write" not in self.scopes:
            return _no("missing_scope", needed="chat:write", provided=",".join(self.scopes))
        channel, error = given["channel"], ""
        if channel in self.users:
            channel = f"D{channel[1:]}"
        else:
            error = self._unfit(channel)
        error = error or self._message_error("chat.postMessage", given)
        thread = given.get("thread_ts", "")
        if not error and thread and self._find(channel, thread) is None:
            error = "thread_not_found"
        if error:
            return _no(error)
        made = Message(
            ts=self._stamp(),
            channel=channel,
            text=given.get("text", ""),
            blocks=given.get("blocks", []),
            metadata=given.get("metadata", {}),
            thread=thread,
            broadcast=given.get("reply_broadcast", False),
        )
        self.messages.append(made)
        return {"ok": True, "channel": channel, "ts": made.ts, "message": shown(made, whole=True)}

    def _updated(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = given["channel"]
        if channel[:1] not in "CDG":
            return _no("channel_not_found")
        if channel[:1] != "D" and (error := self._unfit(channel)):
            return _no(error)
        found = self._find(channel, given["ts"])
        if found is None:
            return _no("message_not_found")
        if found.by != BOT:
            return _no("cant_update_message")
        if error := self._message_error("chat.update", given):
            return _no(error)
        found.versions.append(found.blocks)
        found.text, found.blocks = given.get("text", ""), given.get("blocks", [])
        found.metadata = given.get("metadata", found.metadata)
        return {"ok": True, "channel": channel, "ts": found.ts, "text": found.text, "message": shown(found, whole=True)}

    def _history(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = given["channel"]
        private = self.channels.get(channel, Channel(id="")).private
        needed = "im:history" if channel[:1] == "D" else "groups:history" if private else "channels:history"
        if needed not in self.scopes:
            return _no("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))
        if channel[:1] != "D" and (error := self._unfit(channel)):
            return _no(error)
        if "ts" in given:
            parent = self._find(channel, given["ts"])
            if parent is None:
                return _no("thread_not_found")
            found = [parent, *(each for each in self.thread(parent) if float(each.ts) > float(given.get("oldest", 0)))]
        else:
            oldest = float(given.get("oldest", 0))
            told = [each for each in self.messages if each.channel == channel and (not each.thread or each.broadcast)]
            found = [each for each in reversed(told) if float(each.ts) > oldest]
        begin, limit = int(given.get("cursor", 0)), int(given.get("limit", 100))
        told, more = found[begin : begin + limit], len(found) > begin + limit
        whole = given.get("include_all_metadata") == "true"
        following = {"response_metadata": {"next_cursor": str(begin + limit)}} if more else {}
        return {"ok": True, "messages": [shown(each, whole=whole) for each in told], "has_more": more, **following}

    def _permalink(self, given: dict[str, Any]) -> dict[str, Any]:
        channel, ts = given["channel"], given["message_ts"]
        if self._find(channel, ts) is None:
            return _no("message_not_found")
        link = f"https://acme.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        return {"ok": True, "channel": channel, "permalink": link}

    def _unfit(self, channel: str) -> str:
        known = self.channels.get(channel)
        if known is None or (known.private and not known.member):
            return "channel_not_found"
        if not known.member:
            return "not_in_channel"
        return "is_archived" if known.archived else ""

    def _message_error(self, method: str, given: dict[str, Any]) -> str:
        error, mistakes = message_error(given)
        self.mistakes += [f"{method}: {mistake}" for mistake in mistakes]
        return error

    def _find(self, channel: str, ts: str) -> Message | None:
        return next((each for each in self.messages if (each.channel, each.ts) == (channel, ts)), None)

    # Incoming webhooks

    async def _webhook(self, path: str, request: Request) -> Response:
        _, how, _ = self._troubles.pop(0) if self._troubles else ("", "", 0)
        if how == Trouble.SERVER_ERROR:
            return PlainTextResponse("server_error", 500)
        if how == Trouble.UNREADABLE:
            return Response("<html>Sign in</html>", 200, media_type="text/html")
        if path != self.webhook[0] or self.revoked:
            return PlainTextResponse("no_service", 404)
        if how:
            return PlainTextResponse(how, 403 if how == "action_prohibited" else 410)
        body = json.loads(await request.body())
        if not body:
            return PlainTextResponse("no_text", 400)
        unknown = body.keys() - {"text", "blocks"}
        error = "invalid_payload" if unknown else self._message_error("webhook", body)
        if error:
            return PlainTextResponse(error, 400)
        made = Message(ts=self._stamp(), channel=self.webhook[1], text=body.get("text", ""), blocks=body.get("blocks", []))
        self.messages.append(made)
        return PlainTextResponse("ok")

    # Time

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _stamp(self) -> str:
        self._count += 1
        return f"{int(self._now())}.{self._count:06}"


def _no(error: str, **more: str) -> dict[str, Any]:
    return {"ok": False, "error": error, **more}
