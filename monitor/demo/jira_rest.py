"""The stand-in's REST interface: issues made, read, changed, moved, searched for, commented and linked.

Long, as it is one table of routes, each a few lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse, Response

from monitor.demo.jira_issue import US, Issue, stamp
from monitor.demo.jira_rules import OFF_SCREEN, document_mistake, field_mistakes, labels_mistake, link_mistake, unknown_keys

if TYPE_CHECKING:
    from monitor.demo.jira import Jira

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "RESOLVE_ISSUES",
    "ADD_COMMENTS",
    "LINK_ISSUES",
)
_TYPES = {"10101": "Task", "10102": "Bug"}
_HISTORIES = 40
_COMMENTS = 20
"""A search or a bulk fetch tells so many of each."""


class Refused(Exception):
    """A 4xx with an error collection."""

    def __init__(self, status: int, *messages: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.messages, self.errors = status, messages, dict(errors or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as a route sees it."""

    part: str
    query: Mapping[str, str]
    body: Any


Route = Callable[["Jira", Call], tuple[int, Any]]


def answer(jira: Jira, method: str, path: str, query: Mapping[str, str], body: bytes) -> Response:
    """The answer to an authenticated request. `path` begins behind the version."""
    try:
        parsed = json.loads(body) if body else None
        for verb, pattern, route in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                part = found.group(1) if found.groups() else ""
                status, said = route(jira, Call(part=part, query=query, body=parsed))
                return Response(status_code=status) if said is None else JSONResponse(said, status)
        raise Refused(404, f"no such resource: {method} {path}")
    except ValueError:
        return JSONResponse({"errorMessages": ["There was an error parsing JSON."], "errors": {}}, 400)
    except LookupError as error:
        return JSONResponse({"errorMessages": [str(error)], "errors": {}}, 404)
    except Refused as refused:
        return JSONResponse({"errorMessages": list(refused.messages), "errors": refused.errors}, refused.status)


def issue_json(
    jira: Jira, issue: Issue, wanted: Iterable[str], properties: Iterable[str] = (), *, log: bool = False
) -> dict[str, Any]:
    """An issue as REST and webhooks show it."""
    priority = issue.fields.get("priority")
    known: dict[str, Any] = {
        **issue.fields,
        "labels": issue.labels,
        "priority": {"id": "1", "name": priority["name"]} if priority else None,
        "status": issue.status.as_json(),
        "created": stamp(issue.created),
        "comment": {
            "comments": issue.comments[-_COMMENTS:],
            "total": len(issue.comments),
            "maxResults": _COMMENTS,
            "startAt": max(len(issue.comments) - _COMMENTS, 0),
        },
    }
    shown: dict[str, Any] = {"id": str(issue.id), "key": issue.key, "fields": {name: known.get(name) for name in wanted}}
    if properties:
        shown["properties"] = {name: issue.properties[name] for name in properties if name in issue.properties}
    if log:
        newest = issue.history[::-1]
        kept = newest if not jira.cloud else newest[:_HISTORIES]
        shown["changelog"] = {"startAt": 0, "maxResults": len(kept), "total": len(newest), "histories": kept}
    return shown


def _myself(jira: Jira, call: Call) -> tuple[int, Any]:
    return 200, US.as_json(cloud=jira.cloud)


def _permissions(jira: Jira, call: Call) -> tuple[int, Any]:
    if call.query.get("projectKey") != jira.project:
        raise LookupError("No project could be found with the given key.")
    asked = call.query.get("permissions", "").split(",")
    if unknown := [name for name in asked if name not in PERMISSIONS]:
        raise Refused(400, f"Unrecognized permission: {unknown[0]}")
    return 200, {"permissions": {name: {"key": name, "havePermission": jira.permissions[name]} for name in asked}}


def _types(jira: Jira, call: Call) -> tuple[int, Any]:
    _project(jira, call.part)
    found = [{"id": number, "name": name, "subtask": False} for number, name in _TYPES.items()]
    return 200, _page(jira, "issueTypes", found)


def _screen(jira: Jira, call: Call) -> tuple[int, Any]:
    project, _, number = call.part.partition("/issuetypes/")
    _project(jira, project)
    if number not in _TYPES:
        raise Refused(400, "Invalid issue type.")
    found = []
    for name in sorted(jira.screen):
        shown: dict[str, Any] = {
            "fieldId": name,
            "key": name,
            "name": jira.required.get(name, name.title()),
            "operations": ["set"],
        }
        shown |= {"required": name in jira.required or name == "summary", "hasDefaultValue": False, "schema": {"type": "string"}}
        if name == "priority":
            shown["allowedValues"] = [{"id": str(index), "name": each} for index, each in enumerate(jira.priorities, 1)]
        found.append(shown)
    return 200, _page(jira, "fields", found)


def _create(jira: Jira, call: Call) -> tuple[int, Any]:
    body = call.body
    _well_formed(body, ("fields", "update", "properties", "transition", "historyMetadata"))
    fields, errors = body.get("fields") or {}, {}
    if (fields.get("project") or {}).get("key") != jira.project:
        errors["project"] = "valid project is required"
    if (fields.get("issuetype") or {}).get("name") not in _TYPES.values():
        errors["issuetype"] = "Specify a valid issue type"
    if "summary" not in fields:
        errors["summary"] = "You must specify a summary of the issue."
    errors |= {name: f"{label} is required." for name, label in jira.required.items() if not fields.get(name)}
    errors |= dict(field_mistakes(fields, jira.screen, jira.priorities, cloud=jira.cloud))
    if errors:
        raise Refused(400, errors=errors)
    issue = jira.add(dict(fields), {each["key"]: each["value"] for each in _properties(body)})
    jira.later("jira:issue_created", issue, {})
    return 201, {"id": str(issue.id), "key": issue.key, "self": f"https://acme.example.com/rest/api/3/issue/{issue.id}"}


def _edit(jira: Jira, call: Call) -> tuple[int, Any]:
    issue, body = jira.find(call.part), call.body
    _well_formed(body, ("fields", "update", "properties", "transition", "historyMetadata"))
    fields, update = body.get("fields") or {}, body.get("update") or {}
    if jira.sealed and issue.status.category == "done":
        raise Refused(400, "You do not have permission to edit issues in this project.")
    if both := set(fields) & set(update):
        raise Refused(400, f"Field {min(both)} cannot be in both fields and update")
    errors = dict(field_mistakes(fields, jira.screen - {"project", "issuetype"}, jira.priorities, cloud=jira.cloud))
    labels = list(issue.labels)
    for name, operations in update.items():
        if name != "labels" or name not in jira.screen:
            errors[name] = OFF_SCREEN.format(name)
            continue
        for operation in operations:
            ((what, label),) = operation.items()
            labels = [*labels, label] if what == "add" else [each for each in labels if each != label]
    if mistake := labels_mistake(labels):
        errors["labels"] = mistake
    if errors:
        raise Refused(400, errors=errors)
    issue.fields |= {**fields, "labels": labels}
    issue.properties |= {each["key"]: each["value"] for each in _properties(body)}
    return 204, None


def _shown(jira: Jira, call: Call) -> tuple[int, Any]:
    query = call.query
    if extra := set(query) - {"fields", "properties", "expand"}:
        raise Refused(400, f"unknown parameter {min(extra)}")
    names = tuple(filter(None, query.get("properties", "").split(",")))
    fields = query.get("fields", "summary,status").split(",")
    return 200, issue_json(jira, jira.find(call.part), fields, names, log="changelog" in query.get("expand", ""))


def _bulk(jira: Jira, call: Call) -> tuple[int, Any]:
    body = call.body
    _well_formed(body, ("issueIdsOrKeys", "fields", "expand", "properties", "fieldsByKeys"))
    if not jira.cloud:
        raise Refused(404, "no such resource")
    asked = body.get("issueIdsOrKeys")
    if not isinstance(asked, list) or not 1 <= len(asked) <= 100:
        raise Refused(400, "issueIdsOrKeys must have 1 to 100 issues")
    found: dict[int, Issue] = {}
    for each in asked:  # what is not there, or not for this account, is left out in silence
        try:
            issue = jira.find(each)
        except LookupError:
            continue
        found[issue.id] = issue
    log = "changelog" in body.get("expand", [])
    shown = [
        issue_json(jira, issue, body.get("fields", []), body.get("properties", []), log=log) for _, issue in sorted(found.items())
    ]
    return 200, {"issues": shown, "issueErrors": []}


def _search(jira: Jira, call: Call) -> tuple[int, Any]:
    known = ("jql", "fields", "maxResults", "nextPageToken", "reconcileIssues", "properties", "expand", "fieldsByKeys")
    _well_formed(call.body, known if jira.cloud else ("jql", "fields", "maxResults", "startAt", "expand"))
    found = re.fullmatch(r'labels = "([^"\\]+)" ORDER BY created ASC', call.body.get("jql", ""))
    if not found:  # the stand-in reads this much JQL
        raise Refused(400, "Error in the JQL Query")
    sure = set(call.body.get("reconcileIssues", []))
    indexed = [*jira.issues, *jira.deleted]  # it forgets late as well
    seen = [each for each in indexed if jira.now() >= each.created + jira.lag or each.id in sure]
    listed = sorted((each for each in seen if found[1] in each.labels), key=lambda each: each.created)
    shown = [issue_json(jira, each, call.body.get("fields", [])) for each in listed][: call.body.get("maxResults", 50)]
    return 200, {"issues": shown, "isLast": True} if jira.cloud else {"issues": shown, "startAt": 0, "total": len(shown)}


def _transitions(jira: Jira, call: Call) -> tuple[int, Any]:
    detailed = call.query.get("expand") == "transitions.fields"
    ways = [
        {
            "id": way.id,
            "name": way.name,
            "to": way.to.as_json(),
            "isAvailable": True,
            **({"fields": way.asks} if detailed else {}),
        }
        for way in jira.ways_from(jira.find(call.part))
    ]
    return 200, {"expand": "transitions", "transitions": ways}


def _move(jira: Jira, call: Call) -> tuple[int, Any]:
    issue, body = jira.find(call.part), call.body
    _well_formed(body, ("transition", "fields", "update", "historyMetadata", "properties"))
    way = next((each for each in jira.ways_from(issue) if each.id == (body.get("transition") or {}).get("id")), None)
    if way is None:
        raise Refused(400, "It is not possible to perform the transition: it is not valid for the issue.")
    given = body.get("fields") or {}
    errors = {
        name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        for name in given.keys() - way.asks.keys()
    }
    errors |= {
        name: f"{name.title()} is required." for name, each in way.asks.items() if each.get("required") and name not in given
    }
    if errors:
        raise Refused(400, errors=errors)
    history = jira.alter(issue, way.to, US)
    jira.later("jira:issue_updated", issue, {"changelog": {"id": history["id"], "items": history["items"]}})
    return 204, None


def _comments(jira: Jira, call: Call) -> tuple[int, Any]:
    if call.query.get("orderBy", "created") not in ("created", "-created", "+created"):
        raise Refused(400, "orderBy")
    found = jira.find(call.part).comments
    ordered = found[::-1] if call.query.get("orderBy") == "-created" else found
    most = int(call.query.get("maxResults", "100"))
    return 200, {"comments": ordered[:most], "startAt": 0, "maxResults": most, "total": len(found)}


def _comment(jira: Jira, call: Call) -> tuple[int, Any]:
    issue = jira.find(call.part)
    _well_formed(call.body, ("body", "visibility", "properties"))
    if mistake := document_mistake(call.body.get("body"), cloud=jira.cloud):
        raise Refused(400, errors={"comment": mistake})
    internal = {"key": "sd.public.comment", "value": {"internal": True}} in _properties(call.body)
    comment = jira.add_comment(issue, call.body["body"], US, public=not internal)
    jira.later("comment_created", issue, {"comment": comment})
    return 201, comment


def _link(jira: Jira, call: Call) -> tuple[int, Any]:
    issue = jira.find(call.part)
    if mistake := link_mistake(call.body):
        raise Refused(400, mistake)
    name = call.body.get("globalId") or f"link-{len(issue.links)}"
    fresh = name not in issue.links
    issue.links[name] = call.body  # what is left out is nothing from now on, as with the real one
    return (201 if fresh else 200), {"id": len(issue.links), "self": "https://acme.example.com/link"}


def _changelog(jira: Jira, call: Call) -> tuple[int, Any]:
    found = jira.find(call.part).history
    first, most = int(call.query.get("startAt", "0")), int(call.query.get("maxResults", "100"))
    values = found[first : first + most]
    return 200, {
        "values": values,
        "startAt": first,
        "maxResults": most,
        "total": len(found),
        "isLast": first + most >= len(found),
    }


def _status(jira: Jira, call: Call) -> tuple[int, Any]:
    every = {way.to.id: way.to for way in jira.ways} | {jira.begins.id: jira.begins}
    if call.part not in every:
        raise LookupError("The status could not be found.")
    return 200, every[call.part].as_json()


def _project(jira: Jira, key: str) -> None:
    if key != jira.project:
        raise Refused(404, "No project could be found with the given key.")


def _page(jira: Jira, name: str, found: list[Any]) -> dict[str, Any]:
    return {name if jira.cloud else "values": found, "startAt": 0, "maxResults": 200, "total": len(found)}


def _properties(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = body.get("properties") or []
    if any(set(each) != {"key", "value"} for each in given):
        raise Refused(400, "a property is a key and a value")
    return given


def _well_formed(body: Any, known: tuple[str, ...]) -> None:
    if mistake := unknown_keys(body, known):
        raise Refused(400, mistake)


_ONE = r"/issue/([^/]+)"
_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "/myself", _myself),
    ("GET", "/mypermissions", _permissions),
    ("GET", "/issue/createmeta/([^/]+)/issuetypes", _types),
    ("GET", "/issue/createmeta/([^/]+/issuetypes/[^/]+)", _screen),
    ("POST", "/issue", _create),
    ("POST", "/issue/bulkfetch", _bulk),
    ("POST", "/search/jql", _search),
    ("POST", "/search", _search),
    ("GET", _ONE, _shown),
    ("PUT", _ONE, _edit),
    ("GET", f"{_ONE}/transitions", _transitions),
    ("POST", f"{_ONE}/transitions", _move),
    ("GET", f"{_ONE}/comment", _comments),
    ("POST", f"{_ONE}/comment", _comment),
    ("POST", f"{_ONE}/remotelink", _link),
    ("GET", f"{_ONE}/changelog", _changelog),
    ("GET", "/status/([^/]+)", _status),
)
