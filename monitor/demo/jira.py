"""A stand-in for Jira: takes issues as strictly as the real one, its search lags, and people work in it.

It answers the part of REST v3 (Cloud) or v2 (Data Center) that driftpager uses (`monitor.demo.jira_rest`), sends signed
webhooks, records what it received, and can be made to fail. Serve it with `monitor.demo.serve`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from monitor.clock import SystemClock
from monitor.demo import jira_rest
from monitor.demo.calling import Post, post
from monitor.demo.jira_issue import ANA, SIMPLE, TO_DO, US, Issue, Person, Received, Status, Trouble, Way, stamp


class Jira:
    """`app` is the ASGI application of a site with one project. `token` is our API token (Cloud) or personal access token.

    `screen` are the fields of the create and edit screens, `required` those a new issue must have; `ways` is the workflow.
    With `sealed`, what is done takes no changes but comments. A new issue is unknown to the search for `lag`. `webhook` is
    (url, secret). `received` holds every request, `sent` the (status, body) of every webhook.
    """

    def __init__(
        self,
        *,
        token: str,
        project: str = "OPS",
        cloud: bool = True,
        screen: Sequence[str] = ("summary", "description", "priority", "labels"),
        required: Mapping[str, str] | None = None,
        priorities: Sequence[str] = ("Highest", "High", "Medium", "Low", "Lowest"),
        ways: Sequence[Way] = SIMPLE,
        begins: Status = TO_DO,
        lag: timedelta = timedelta(seconds=20),
        webhook: tuple[str, str] | None = None,
        now: Callable[[], datetime] | None = None,
        post: Post = post,
    ) -> None:
        self.token, self.project, self.cloud = token, project, cloud
        self.required = dict(required or {})
        self.screen = {*screen, *self.required, "project", "issuetype"}
        self.priorities, self.ways, self.begins = tuple(priorities), tuple(ways), begins
        self.lag, self.webhook = lag, webhook
        self.sealed = False
        self.permissions = dict.fromkeys(jira_rest.PERMISSIONS, True)
        self.now = now or SystemClock().now
        self.issues: list[Issue] = []
        self.deleted: list[Issue] = []
        self.received: list[Received] = []
        self.sent: list[tuple[int, bytes]] = []
        self._post = post
        self._troubles: list[tuple[Trouble, str, int]] = []
        self._numbers = 10_000
        self._made = 0
        self._sending: set[asyncio.Task[int]] = set()
        self.app = FastAPI(openapi_url=None)
        self.app.api_route("/rest/api/{version}/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])(self._answer)

    def fail(self, how: Trouble, on: str = "", *, times: int = 1, retry_after: int = 0) -> None:
        """The next `times` requests that end in `on` (`POST /issue`) fail this way; `retry_after` (seconds) goes with 429."""
        self._troubles += [(how, on, retry_after)] * times

    def recover(self) -> None:
        """Nothing fails any more."""
        self._troubles.clear()

    # What people see and do

    def find(self, key_or_id: str) -> Issue:
        """An issue by its key, an earlier key or its id. Raises LookupError."""
        for each in self.issues:
            if key_or_id.upper() in (each.key, each.former, str(each.id)):
                return each
        raise LookupError("Issue does not exist or you do not have permission to see it.")

    async def move(self, key: str, to: Status, by: Person = ANA) -> int:
        """Somebody moves an issue; the status our webhook was answered with (0: none is configured or it failed)."""
        issue = self.find(key)
        history = self.alter(issue, to, by)
        return await self._announce(
            "jira:issue_updated", issue, by, {"changelog": {"id": history["id"], "items": history["items"]}}
        )

    async def comment(self, key: str, text: str, by: Person = ANA) -> int:
        """Somebody comments."""
        issue = self.find(key)
        body = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
        comment = self.add_comment(issue, body if self.cloud else text, by)
        return await self._announce("comment_created", issue, by, {"comment": {**comment, "body": text}})

    async def delete(self, key: str, by: Person = ANA) -> int:
        """Somebody deletes an issue."""
        issue = self.find(key)
        self.issues.remove(issue)
        self.deleted.append(issue)
        return await self._announce("jira:issue_deleted", issue, by, {})

    async def relocate(self, key: str, to: str, by: Person = ANA) -> int:
        """Somebody moves an issue to another project, where it is called `to`."""
        issue = self.find(key)
        items = [{"field": "Key", "fieldtype": "jira", "from": None, "fromString": issue.key, "to": None, "toString": to}]
        history = self._log(issue, by, items)
        issue.former, issue.key = issue.key, to
        return await self._announce("jira:issue_updated", issue, by, {"changelog": {"id": history["id"], "items": items}})

    def clone(self, key: str) -> Issue:
        """Somebody clones an issue: fields and labels go along, properties do not."""
        return self.add({**self.find(key).fields}, {})

    # What happens to issues

    def add(self, fields: dict[str, Any], properties: dict[str, Any]) -> Issue:
        """A new issue."""
        self._made += 1
        number = self._number()
        key = f"{self.project}-{self._made}"
        issue = Issue(id=number, key=key, status=self.begins, created=self.now(), fields=fields, properties=properties)
        self.issues.append(issue)
        return issue

    def alter(self, issue: Issue, to: Status, by: Person) -> dict[str, Any]:
        """Another status; into done sets a resolution, out of it clears it."""
        at = issue.status
        items = [_item("status", at.id, at.name, to.id, to.name)]
        if (to.category == "done") != (at.category == "done"):
            done = to.category == "done"
            items.insert(0, _item("resolution", *((None, None, "1", "Done") if done else ("1", "Done", None, None))))
        issue.status = to
        return self._log(issue, by, items)

    def add_comment(self, issue: Issue, body: Any, by: Person, *, public: bool = True) -> dict[str, Any]:
        """A comment as the site tells it; `public` ones are read by customers, where the project serves any."""
        at = stamp(self.now())
        who = by.as_json(cloud=self.cloud)
        comment = {"id": str(self._number()), "author": who, "updateAuthor": who, "body": body, "created": at, "updated": at}
        comment |= {"jsdPublic": public}
        issue.comments.append(comment)
        return comment

    def ways_from(self, issue: Issue) -> list[Way]:
        """The transitions that are offered now."""
        return [way for way in self.ways if way.to != issue.status and (not way.begins or issue.status.name in way.begins)]

    def _log(self, issue: Issue, by: Person, items: list[dict[str, Any]]) -> dict[str, Any]:
        who = by.as_json(cloud=self.cloud)
        history = {"id": str(self._number()), "author": who, "created": stamp(self.now()), "items": items}
        issue.history.append(history)
        return history

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    # Webhooks

    def later(self, what: str, issue: Issue, more: Mapping[str, Any]) -> None:
        """Announce what we did ourselves: the site tells that too."""
        task = asyncio.ensure_future(self._announce(what, issue, US, more))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def settle(self) -> None:
        """Wait until every webhook under way has been answered."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _announce(self, what: str, issue: Issue, by: Person, more: Mapping[str, Any]) -> int:
        if self.webhook is None:
            return 0
        url, secret = self.webhook
        shown = jira_rest.issue_json(self, issue, ("status", "summary", "labels", "priority"))
        if what == "comment_created":  # which tells less of the issue
            shown["fields"].pop("labels")
        event = {
            "timestamp": int(self.now().timestamp() * 1000),
            "webhookEvent": what,
            **({"user": by.as_json(cloud=self.cloud)} if what != "comment_created" else {}),
            "issue": shown,
            **more,
        }
        body = json.dumps(event).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Hub-Signature": f"sha256={signature}",
            "X-Atlassian-Webhook-Identifier": f"wh-{self._number()}",
        }
        status = await self._post(url, headers, body)
        self.sent.append((status, body))
        return status

    # Requests

    async def _answer(self, request: Request, version: str, path: str) -> Response:
        body = await request.body()
        called = f"{request.method} /{path}"
        trouble, wait = self._trouble(called)
        response = _failed(trouble, wait) or self._taken(request, version, path, body)
        hangs = trouble is Trouble.HANG
        self.received.append(
            Received(
                method=request.method,
                path=f"/rest/api/{version}/{path}",
                query=dict(request.query_params),
                body=body,
                status=0 if hangs else response.status_code,
            )
        )
        if hangs:
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return response

    def _taken(self, request: Request, version: str, path: str, body: bytes) -> Response:
        if not self._is_us(request.headers.get("authorization", "")):
            text = "Client must be authenticated to access this resource."
            return JSONResponse({"errorMessages": [text], "errors": {}}, 401, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})
        if version != ("3" if self.cloud else "2"):
            return JSONResponse({"errorMessages": ["no such version"], "errors": {}}, 404)
        if body and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"errorMessages": ["Unsupported Media Type"], "errors": {}}, 415)
        return jira_rest.answer(self, request.method, f"/{path}", dict(request.query_params), body)

    def _is_us(self, authorization: str) -> bool:
        scheme, _, credential = authorization.partition(" ")
        if not self.cloud:
            return scheme == "Bearer" and credential == self.token
        return scheme == "Basic" and credential == base64.b64encode(f"{US.email}:{self.token}".encode()).decode()

    def _trouble(self, called: str) -> tuple[Trouble | None, int]:
        for each in self._troubles:
            how, on, wait = each
            method, _, path = on.partition(" ")
            if called.startswith(method) and called.endswith(path):
                self._troubles.remove(each)
                return how, wait
        return None, 0


def _item(field: str, was: str | None, was_called: str | None, to: str | None, called: str | None) -> dict[str, Any]:
    named = {"field": field, "fieldtype": "jira", "fieldId": field}
    return {**named, "from": was, "fromString": was_called, "to": to, "toString": called}


def _failed(trouble: Trouble | None, wait: int) -> Response | None:
    match trouble:
        case Trouble.RATE_LIMITED:
            headers = {"RateLimit-Reason": "jira-burst-based"} | ({"Retry-After": str(wait)} if wait else {})
            return JSONResponse({"errorMessages": ["Rate limit exceeded."], "errors": {}}, 429, headers)
        case Trouble.SERVER_ERROR:
            return JSONResponse({"errorMessages": ["Internal server error"], "errors": {}}, 500)
        case Trouble.CONFLICT:
            return JSONResponse({"errorMessages": ["The issue is being changed by somebody else."], "errors": {}}, 409)
        case Trouble.FORBIDDEN:
            return JSONResponse({"errorMessages": ["You do not have the permission."], "errors": {}}, 403)
        case Trouble.SIGN_IN:
            return Response("<html>Log in to continue</html>", 200, media_type="text/html")
    return None
