"""A large protocol buffers schema of our own, and the same with four breaking edits and one that is harmless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

MESSAGES = 1500
FIELDS = 12
TRUTH = ((("Message100", "field_3"),), (("Message200", "field_4"),), (("Get300",),), (("Kind400",),))
"""A field gone, a field of another type, a call gone, a value gone."""


def write(folder: Path) -> tuple[Path, Path]:
    """Both versions, each in a folder of its own under one name, as the other tool tells files by their names."""
    old, new = (folder / side / "api.proto" for side in ("old", "new"))
    text = "".join(_lines())
    edited = text
    for before, after in (
        ("  // field_3 of Message100\n  string field_3 = 3;\n", ""),
        ("  // field_4 of Message200\n  int64 field_4 = 4;\n", "  // field_4 of Message200\n  string field_4 = 4;\n"),
        ("  rpc Get300(Message300) returns (Message301);\n", ""),
        ("  KIND400_BUSY = 1;\n", ""),
        ("message Message500 {\n", "message Message500 {\n  string added = 99;\n"),
    ):
        assert edited.count(before) == 1
        edited = edited.replace(before, after)
    for path, content in ((old, text), (new, edited)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return old, new


def _lines() -> Iterator[str]:
    yield 'syntax = "proto3";\npackage bench.v1;\n'
    for number in range(MESSAGES):
        yield f"enum Kind{number} {{\n  KIND{number}_UNSPECIFIED = 0;\n  KIND{number}_BUSY = 1;\n  KIND{number}_DONE = 2;\n}}\n"
        yield f"message Message{number} {{\n"
        for field in range(1, FIELDS + 1):
            kind = ("string", "int64", f"Kind{number}", f"repeated Message{(number + 1) % MESSAGES}")[
                {3: 0, 4: 1}.get(field, field % 4)
            ]
            yield f"  // field_{field} of Message{number}\n  {kind} field_{field} = {field};\n"
        yield "}\n"
    yield "service Bench {\n"
    for number in range(MESSAGES - 1):
        yield f"  rpc Get{number}(Message{number}) returns (Message{number + 1});\n"
    yield "}\n"
