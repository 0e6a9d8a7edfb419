"""Trying a Jira project without leaving anything there: who we are, what we may do, what its create screen has and wants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from alerts.channels import Checked
from alerts.errors import Reason, Undelivered
from alerts.jira.site import WHO
from alerts.json_api import JsonApi, final, segment
from alerts.json_api import field as place
from alerts.wording import clean

RIGHTS = (
    "an account of its own with, in the one project, Browse projects, Create issues, Edit issues, Transition issues, "
    "Resolve issues, Add comments and Link issues (scoped tokens: read:jira-work, write:jira-work, read:jira-user)"
)
NEEDED = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "RESOLVE_ISSUES",
    "ADD_COMMENTS",
    "LINK_ISSUES",
)
_OURS = frozenset({"project", "issuetype", "summary", "description", "labels", "priority", "reporter"})
_PAGE = {"maxResults": "200"}


async def checked(
    api: JsonApi, *, project: str, issue_type: str, given: Collection[str], priorities: Mapping[str, str], account_id: str
) -> Checked:
    """Five reading calls at most. `given` are the configured fields. Raises `Undelivered` or `Undeliverable`."""
    try:
        me = (await api.call("GET", "/myself")).body
        account = str(me.get("accountId") or me.get("name") or "")
        warnings = list(_other_account(account_id, account))
        query = {"projectKey": project, "permissions": ",".join(NEEDED)}
        rights = await api.call("GET", "/mypermissions", query=query, expect=frozenset({404}))
        if rights.status == 404:
            raise final(f"{WHO} has no project {project} that this account may see: correct `project`, or give it the rights")
        granted = place(rights, WHO, "permissions")
        missing = [name for name in NEEDED if not (granted.get(name) or {}).get("havePermission")]
        warnings += [f"the account lacks {', '.join(missing)} in {project}"] if missing else []
        warnings += await _screen(api, project, issue_type, given, priorities)
    except (KeyError, TypeError, AttributeError) as error:
        raise Undelivered(f"{WHO}'s answer is not as described ({type(error).__name__})", reason=Reason.SERVER) from None
    name = clean(str(me.get("displayName") or account), 100)
    return Checked(account=f"{name} ({clean(account, 200)})", warnings=tuple(warnings))


async def _screen(
    api: JsonApi, project: str, issue_type: str, given: Collection[str], priorities: Mapping[str, str]
) -> Iterable[str]:
    """What the create screen says against our issues."""
    path = f"/issue/createmeta/{segment(project)}/issuetypes"
    answer = await api.call("GET", path, query=_PAGE)
    types = _listed(answer.body, "issueTypes")
    wanted = issue_type.casefold()
    found = next((each for each in types if wanted in (str(each["name"]).casefold(), str(each["id"]))), None)
    if found is None:
        names = ", ".join(sorted(clean(str(each["name"]), 40) for each in types)[:10])
        return [f"project {project} has no issue type {issue_type}: set `issue_type` to one of {names}"]
    answer = await api.call("GET", f"{path}/{segment(str(found['id']))}", query=_PAGE)
    return _against({str(each["fieldId"]): each for each in _listed(answer.body, "fields")}, given, priorities)


def _against(fields: Mapping[str, Mapping[str, Any]], given: Collection[str], priorities: Mapping[str, str]) -> list[str]:
    said: list[str] = []
    for name, field in sorted(fields.items()):
        if field.get("required") and not field.get("hasDefaultValue") and name not in _OURS and name not in given:
            said.append(f"a new issue needs {clean(name, 60)} ({clean(str(field.get('name')), 60)}): give it under `fields`")
    said += [f"the create screen has no {name}: remove it from `fields`" for name in sorted(set(given) - fields.keys())]
    said += [
        f"the create screen has no {name}: add it, or issues are refused"
        for name in ("labels", "description")
        if name not in fields
    ]
    if "priority" not in fields:
        return [*said, "the create screen has no priority: issues show it as a label alone"] if any(priorities.values()) else said
    offered = {str(value.get("name")).casefold() for value in fields["priority"].get("allowedValues") or ()}
    unknown = sorted({name for name in priorities.values() if name and offered and name.casefold() not in offered})
    return [*said, *(f"there is no priority {name}: correct `priorities`" for name in unknown)]


def _other_account(configured: str, account: str) -> Iterable[str]:
    if configured and account and configured != account:
        yield f"account_id is {configured}, but the token is of {account}: what we do would be heard as somebody's"


def _listed(body: Any, name: str) -> list[Mapping[str, Any]]:
    """A page of creation metadata: Cloud names its list, a Data Center calls it values."""
    found = body.get(name)
    return list(found if found is not None else body["values"])
