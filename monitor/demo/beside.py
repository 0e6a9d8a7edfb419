"""What stands beside the page: the issue, the message in chat and its thread, and what a customer reads."""

from __future__ import annotations

from alerts.escalation import Escalation
from alerts.html import text_of
from monitor.demo.jira_issue import Issue
from monitor.demo.slack_message import Message
from monitor.demo.stage import Stage
from monitor.demo.telling import Rows


def issue_of(stage: Stage, escalation: Escalation) -> Issue | None:
    """The issue about an escalation at the stand-in Jira, None before there is one."""
    return next((each for each in stage.jira.issues if f"driftpager-{escalation.id}" in each.labels), None)


def message_of(stage: Stage, escalation: Escalation) -> Message | None:
    """The message about it in the stand-in Slack, None before there is one."""
    kept = escalation.record("slack-integrations")
    return next((each for each in stage.slack.top() if kept and kept.reference.endswith(each.ts)), None)


def standing(stage: Stage, escalation: Escalation) -> Rows:
    """Where issue and thread stand, as people see them there."""
    issue, message = issue_of(stage, escalation), message_of(stage, escalation)
    rows: list[tuple[str, str]] = []
    if issue is not None:
        fields, count = issue.fields, len(issue.comments)
        comments = f", {count} comment{'s' * (count != 1)}" if count else ""
        rows.append(("Jira", f"{issue.key} ({issue.status.name}, {fields['priority']['name']}{comments}): {fields['summary']}"))
    if message is not None:
        buttons = [str(each["text"]["text"]) for each in message.buttons.values() if "text" in each and "url" not in each]
        rows.append(("Slack #integrations", message.text.partition("\n")[0]))
        rows.append(("", f"buttons: {', '.join(buttons)}" if buttons else "no buttons any more"))
        rows += [("", f"> {line}") for each in stage.slack.thread(message) for line in each.text.splitlines()[:1]]
    return rows


def read_by(stage: Stage, customer: str) -> Rows:
    """The last thing a customer was mailed by the stand-in Zendesk; empty before there is any."""
    mailed = [text for address, text in stage.zendesk.mailed if address == customer]
    return [(f"to {customer}", text_of(mailed[-1]))] if mailed else []
