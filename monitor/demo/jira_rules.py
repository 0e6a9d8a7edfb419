"""What Jira accepts: issues, comments, documents, links; each mistake as the field and the words it is refused with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

LONGEST_TEXT = 32_767
LONGEST_SUMMARY = 255
_INLINE = {"text": {"type", "text", "marks"}, "hardBreak": {"type", "attrs"}}
_HOLDS = {
    "doc": {"paragraph", "bulletList", "table"},
    "paragraph": set(_INLINE),
    "bulletList": {"listItem"},
    "listItem": {"paragraph", "bulletList"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph", "bulletList"},
    "tableCell": {"paragraph", "bulletList"},
}
_NEVER_EMPTY = {"bulletList", "listItem", "table", "tableHeader", "tableCell"}
_MARKS = {"strong": {"type"}, "em": {"type"}, "link": {"type", "attrs"}}
OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def document_mistake(value: Any, *, cloud: bool) -> str:
    """What is wrong with a description or a comment: ADF in the cloud, wiki text at a Data Center; empty for nothing."""
    if not cloud:
        return "" if isinstance(value, str) and len(value) <= LONGEST_TEXT else "Operation value must be a string"
    if (
        not isinstance(value, dict)
        or value.get("version") != 1
        or value.get("type") != "doc"
        or set(value) - {"version", "type", "content"}
    ):
        return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    mistake = next(_node_mistakes(value, "doc"), "")
    if not mistake and len("".join(_texts(value))) > LONGEST_TEXT:
        return f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
    return f"INVALID_INPUT: {mistake}" if mistake else ""


def field_mistakes(
    fields: Mapping[str, Any], screen: Collection[str], priorities: Collection[str], *, cloud: bool
) -> Iterator[tuple[str, str]]:
    """(field, text) of each value that is not taken; `screen` are the fields that may be set."""
    for name, value in fields.items():
        if name not in screen:
            yield name, OFF_SCREEN.format(name)
        elif name == "summary":
            if not isinstance(value, str) or not value.strip():
                yield name, "You must specify a summary of the issue."
            elif "\n" in value or "\r" in value:
                yield name, "The summary is invalid because it contains newline characters."
            elif len(value) > LONGEST_SUMMARY:
                yield name, f"Summary must be less than {LONGEST_SUMMARY} characters."
        elif name == "description":
            if mistake := document_mistake(value, cloud=cloud):
                yield name, mistake
        elif name == "labels":
            if mistake := labels_mistake(value):
                yield name, mistake
        elif name == "priority" and (not isinstance(value, dict) or value.get("name") not in priorities):
            yield name, "The priority selected is invalid."


def labels_mistake(value: Any) -> str:
    """What is wrong with a list of labels."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "data was not an array"
    if wrong := [each for each in value if not each or len(each) > 255 or any(map(str.isspace, each))]:
        return f"The label '{wrong[0]}' contains spaces which is invalid."
    return ""


def unknown_keys(body: Any, known: Collection[str]) -> str:
    """The mistake of a body that is no object or has keys nobody knows."""
    if not isinstance(body, dict):
        return "Invalid request payload. Refer to the REST API documentation and try again."
    extra = sorted(set(body) - set(known))
    return f'Unrecognized field "{extra[0]}"' if extra else ""


def link_mistake(body: Any) -> str:
    """What is wrong with a remote link."""
    if mistake := unknown_keys(body, ("globalId", "application", "relationship", "object")):
        return mistake
    linked = body.get("object")
    if (
        not isinstance(linked, dict)
        or not linked.get("title")
        or not str(linked.get("url", "")).startswith(("http://", "https://"))
    ):
        return "object needs a title and a url"
    return "globalId is too long" if len(body.get("globalId", "")) > 255 else ""


def _node_mistakes(node: Any, kind: str) -> Iterator[str]:
    content = node.get("content", [])
    if not isinstance(content, list):
        yield f"content of {kind} is no list"
        return
    if kind in _NEVER_EMPTY and not content:
        yield f"{kind} is empty"
    for child in content:
        name = child.get("type") if isinstance(child, dict) else None
        if name not in _HOLDS[kind]:
            yield f"{kind} holds no {name}"
        elif name in _INLINE:
            yield from _inline_mistakes(child, name)
        else:
            if extra := set(child) - {"type", "content", "attrs"}:
                yield f"{name} has no {min(extra)}"
            yield from _node_mistakes(child, name)


def _inline_mistakes(node: Mapping[str, Any], name: str) -> Iterator[str]:
    if extra := set(node) - _INLINE[name]:
        yield f"{name} has no {min(extra)}"
    if name != "text":
        return
    if not isinstance(node.get("text"), str) or not node["text"]:
        yield "an empty text"
    for mark in node.get("marks", []):
        if mark.get("type") not in _MARKS or set(mark) != _MARKS[mark["type"]]:
            yield f"an unknown mark {mark}"
        elif mark["type"] == "link" and not str(mark["attrs"].get("href", "")).startswith(("http://", "https://")):
            yield "a link to nowhere"


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    yield node.get("text", "")
    for child in node.get("content", []):
        yield from _texts(child)
