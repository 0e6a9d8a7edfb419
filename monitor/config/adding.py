"""A channel written into a configuration file, which stays as it is otherwise: its comments, its order, its indentation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

INDENT = 2


class CannotAdd(Exception):
    """The file is not laid out so that something can be put into it. The text says what to do by hand."""


def with_channel(text: str, name: str, settings: Mapping[str, object]) -> str:
    """`text`, a whole driftpager.yml, with a channel at the end of its `channels`. Raises `CannotAdd`.

    What the file says is not checked here: load it afterwards.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if root is None:
        return "".join(lines) + "channels:\n" + snippet(name, settings)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise CannotAdd("the file is not a mapping with one key a line; add the channel by hand")
    section = next(((key, value) for key, value in root.value if key.value == "channels"), None)
    if section is None:
        return "".join(lines) + "\nchannels:\n" + snippet(name, settings)
    key, value = section
    if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
        if any(each.value == name for each, _ in value.value):
            raise CannotAdd(f"there is a channel {name!r} already; choose another name with --name")
        at, indent = _last_line(value) + 1, value.value[0][0].start_mark.column
    elif _is_empty(value):
        at, indent = key.start_mark.line + 1, INDENT
        if isinstance(value, yaml.MappingNode):  # `channels: {}` makes room for what is under it
            line = lines[key.start_mark.line]
            lines[key.start_mark.line] = line[: value.start_mark.column].rstrip() + line[value.end_mark.column :]
    else:
        raise CannotAdd("`channels` stands on one line; write it with one channel a line, then add this one")
    return "".join([*lines[:at], snippet(name, settings, indent), *lines[at:]])


def snippet(name: str, settings: Mapping[str, object], indent: int = INDENT) -> str:
    """The channel as YAML, each line indented, the last one ended."""
    written = yaml.safe_dump({name: dict(settings)}, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1000)
    return "".join(f"{' ' * indent}{line}\n" for line in written.splitlines())


def replace_file(file: Path, text: str) -> None:
    """Write it whole or not at all, with the rights it has; raises OSError."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, "utf-8")
        unfinished.chmod(file.stat().st_mode & 0o777)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_empty(node: yaml.Node) -> bool:
    return not node.value if isinstance(node, yaml.MappingNode) else node.tag == "tag:yaml.org,2002:null"


def _last_line(node: yaml.Node) -> int:
    """The last line that holds anything of a node: a block ends only where the next token begins, behind its comments."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1])
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    end = node.end_mark
    return end.line - 1 if block or (end.column == 0 and end.line > node.start_mark.line) else end.line
