"""Jira, Cloud (REST v3) or Data Center (v2): one issue an escalation, kept in step both ways.

The issue has our key as a label, by which it is found, and as an issue property, which tells it from a copy. Its screens are
not read beforehand: a priority that is refused is left out and said in a comment, any other field is named in the error.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alerts.channels import Checked, Receipt, Reply, Tools, Watched
from alerts.errors import Unverified
from alerts.jira import adf, wiki
from alerts.jira.fields import Wanted, changes, key_of, labels_of, priority_of, record_of, summary_of
from alerts.jira.happened import Listener
from alerts.jira.setup import RIGHTS, checked
from alerts.jira.site import WHO, Issue, Site, joined
from alerts.jira.watching import Look
from alerts.jira.webhook import fresh, replies_in, signed
from alerts.jira.workflow import DONE, Goal
from alerts.json_api import JsonApi, final, https_only
from alerts.page import Page, Record
from alerts.wording import clean, fit_to_open

Level = Literal["P1", "P2", "P3", "P4"]
Stand = Literal["open", "acknowledged", "mitigating", "resolved"]
PRIORITIES: Mapping[Level, str] = {"P1": "Highest", "P2": "High", "P3": "Medium", "P4": "Low"}


class Jira(BaseModel):
    """One project. `url` is the site's (`https://acme.atlassian.net`), or `https://api.atlassian.com/ex/jira/CLOUD_ID` with
    `web_url` for people. With `email`, `token` is an API token of that account, without a bearer token (a Data Center's
    personal access token).

    `fields` are further fields of a new issue, as Jira takes them: `customfield_10042: {value: Integrations}`. `priorities` are
    Jira's names of ours, empty to leave priorities alone; `statuses` (open, acknowledged, mitigating, resolved) names
    statuses where the category (to do, in progress, done) is not enough; `resolution` is set on closing where it is asked for.

    What people do there is asked for, and heard at once with `webhook_secrets`, several while one is replaced: of a webhook to
    `/hooks/NAME` for updated and deleted issues and created comments, with the filter `labels = driftpager`. `account_id` is
    the account's own, whose doings are ours and not told (`driftpager channels check` tells it): one that nobody else uses.
    Contacts have theirs in `jira`. `search_lag` is how long a new issue may be unknown to Jira's search.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["jira"] = "jira"
    deployment: Literal["cloud", "data-center"] = "cloud"
    url: str
    web_url: str = ""
    email: str = ""
    token: SecretStr = Field(min_length=1)
    project: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,49}$")
    issue_type: str = Field(default="Task", min_length=1, max_length=60)
    labels: tuple[str, ...] = Field(default=(), max_length=20)
    priorities: Mapping[Level, str] = PRIORITIES
    fields: Mapping[str, Any] = {}
    statuses: Mapping[Stand, str] = {}
    resolution: str = ""
    account_id: str = ""
    webhook_secrets: tuple[SecretStr, ...] = ()
    search_lag: timedelta = Field(default=timedelta(minutes=1), ge=timedelta(), le=timedelta(minutes=30))
    private: bool = False
    seconds: float = Field(default=8.0, gt=0, le=20)

    address: ClassVar[str] = ""
    climbs: ClassVar[bool] = False
    reads_back: ClassVar[bool] = False
    keeps_records: ClassVar[bool] = True
    rings: ClassVar[bool] = False
    rights: ClassVar[str] = RIGHTS

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next((label for label in labels if not label or len(label) > 255 or any(map(str.isspace, label))), None):
            raise ValueError(f"{wrong!r} is no label: one word of at most 255 characters")
        return labels

    @model_validator(mode="after")
    def _fits_together(self) -> Jira:
        for url in filter(None, (self.url, self.web_url)):
            if not fit_to_open(https_only(url, private=self.private, who=WHO)):
                raise ValueError("url and web_url are plain addresses, without credentials: these are `email` and `token`")
        if ours := {"project", "issuetype", "summary", "description", "labels", "priority"} & self.fields.keys():
            raise ValueError(f"`fields` cannot set {min(ours)}: driftpager does")
        if any(not secret.get_secret_value() for secret in self.webhook_secrets):
            raise ValueError("webhook_secrets must not be empty: an empty secret would accept anybody's signature")
        if self.webhook_secrets and not self.account_id:
            raise ValueError("webhook_secrets need account_id: without it driftpager would hear itself")
        return self

    async def deliver(self, page: Page, tools: Tools) -> Receipt:
        """Bring the issue to what the page says, and make it where there is none. Raises `Undelivered` or `Undeliverable`."""
        if page.record is not None and page.record.subject:
            raise final("a Jira issue is for us, not for a customer")
        site = self._site(tools)
        async with site.in_time():
            return await self._deliver(site, page, record_of(page))

    async def poll(self, watched: Iterable[Watched], tools: Tools) -> list[Reply]:
        """What people did to these issues, oldest first. See `alerts.channels.Polls`."""
        return await Look(site=self._site(tools), listener=self._listener()).at(watched, tools.now)

    def replies(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Reply]:
        """What people did, from one webhook. Raises `Unverified` or `Unreadable`."""
        secrets = [secret.get_secret_value() for secret in self.webhook_secrets]
        if not secrets:
            raise Unverified("no webhook_secrets are configured for this channel")
        if not signed(headers, body, secrets):
            raise Unverified("the Jira webhook's signature fits none of webhook_secrets")
        return replies_in(fresh(body, now), self._listener())

    async def check(self, tools: Tools) -> Checked:
        """Who we are there, what we may not do, and which fields of a new issue are missing. See `alerts.channels.Checks`."""
        return await checked(
            self._site(tools).api,
            project=self.project,
            issue_type=self.issue_type,
            given=frozenset(self.fields),
            priorities=_plain(self.priorities),
            account_id=self.account_id,
        )

    async def _deliver(self, site: Site, page: Page, record: Record) -> Receipt:
        issue = await site.read(record.reference) if record.reference else None
        lost = record.reference if issue is None else ""
        issue = issue or await site.find(key_of(page))
        gone = f"{lost}, which was kept before, is not there any more: this is kept in its place" if lost else ""
        if issue is not None:
            await self._bring(site, issue, page, record, gone)
            return self._receipt(issue.key)
        wanted = self._wanted(page)
        key, left = await site.create(self._new(wanted), wanted.kept())
        async with site.made():
            stuck = ""
            if page.record is not None and record.state != "open" and (made := await site.read(key)):
                stuck = await site.move(key, made.status, self._goal(record))
            await _link(site, key, page, record)
            news = record.news if page.record is not None else ()
            await self._tell(site, key, (gone, *news, left, stuck), repeat=False)
        return self._receipt(key)

    async def _bring(self, site: Site, issue: Issue, page: Page, record: Record, gone: str) -> None:
        """A closed issue may refuse changes: it is opened first, and closed last."""
        goal, closing = self._goal(record), record.state == "resolved"
        stuck = "" if closing else await site.move(issue.key, issue.status, goal)
        left = summary = ""
        if page.record is not None:
            wanted, summary = self._wanted(page, issue.key), "" if issue.kept else page.content.summary
            fields, update = changes(issue, wanted)
            if fields or update or not issue.kept:
                left = await site.edit(issue.key, fields, update, wanted.kept(issue.kept))
        if closing:
            stuck = await site.move(issue.key, issue.status, goal)
        if page.possible_repeat or closing != (issue.status.category == DONE):
            await _link(site, issue.key, page, record)
        await self._tell(site, issue.key, (gone, summary, *record.news, left, stuck), repeat=page.possible_repeat)

    async def _tell(self, site: Site, key: str, lines: tuple[str, ...], *, repeat: bool) -> None:
        """One comment for all that is new: Jira limits how often one issue is written to."""
        told = joined(lines)
        if told:
            body: object = adf.comment_of(told) if site.cloud else wiki.comment_of(told)
            if not (repeat and await site.says(key, body)):
                await site.comment(key, body)

    def _wanted(self, page: Page, issue: str = "") -> Wanted:
        key, itself = key_of(page), self._receipt(issue).url
        links = tuple(link for link in page.content.links if link.href != itself)
        page = replace(page, content=replace(page.content, links=links))
        return Wanted(
            key=key,
            summary=summary_of(page),
            description=adf.description_of(page, key) if self.deployment == "cloud" else wiki.description_of(page, key),
            priority=priority_of(page, _plain(self.priorities)),
            labels=labels_of(page, key, self.labels),
        )

    def _new(self, wanted: Wanted) -> dict[str, Any]:
        ours: dict[str, Any] = {
            "project": {"key": self.project},
            "issuetype": {"id" if self.issue_type.isdigit() else "name": self.issue_type},
            "summary": wanted.summary,
            "description": wanted.description,
            "labels": list(wanted.labels),
        }
        return {**self.fields, **ours} | ({"priority": {"name": wanted.priority}} if wanted.priority else {})

    def _goal(self, record: Record) -> Goal:
        return Goal.of(record.state, _plain(self.statuses), self.resolution)

    def _receipt(self, key: str) -> Receipt:
        return Receipt(reference=key, url=f"{(self.web_url or self.url).rstrip('/')}/browse/{key}")

    def _listener(self) -> Listener:
        return Listener(site=urlsplit(self.url).netloc, account=self.account_id, statuses=_plain(self.statuses))

    def _site(self, tools: Tools) -> Site:
        cloud, secret = self.deployment == "cloud", self.token.get_secret_value()
        basic = base64.b64encode(f"{self.email}:{secret}".encode()).decode()
        api = JsonApi(
            who=WHO,
            base=f"{self.url.rstrip('/')}/rest/api/{3 if cloud else 2}",
            headers={"authorization": f"Basic {basic}" if self.email else f"Bearer {secret}"},
            http=tools.http,
            seconds=self.seconds,
            private=self.private,
        )
        return Site(api=api, cloud=cloud, lag=self.search_lag)


def _plain(names: Mapping[Any, str]) -> dict[str, str]:
    return {str(ours): name for ours, name in names.items()}


async def _link(site: Site, key: str, page: Page, record: Record) -> None:
    """The way back to our own page of the escalation, crossed out once that is over."""
    ours = next((link for link in page.content.links if link.href.endswith(f"/escalations/{page.escalation}")), None)
    if ours is not None and page.escalation:
        title, summary = f"driftpager {page.escalation}", clean(page.content.summary, 200)
        await site.link(key, url=ours.href, title=title, summary=summary, resolved=record.state == "resolved")


CHANNEL = Jira
