"""Which other files a `.proto` file imports, and where they are: below the folder that its package stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from schemas.document import Document, Import

WELL_KNOWN = "google/protobuf/"
"""What comes with every compiler is known by its names."""

_SILENT = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_IMPORTED = re.compile(r"""(?:^|[;}\n])\s*import\s+(?:(?:public|weak|option)\s+)?(?:"([^"\n]+)"|'([^'\n]+)')\s*;""")
_PACKAGE = re.compile(r"(?:^|[;}\n])\s*package\s+([\w.]+)\s*;")
_LONGEST = 300
_HEAD = 64 * 1024
"""Within this the package is named: it stands before all definitions."""


def imports(document: Document, part: str) -> Iterator[Import]:
    """By a look at the text alone. A name that leads out of the folder of all imports is none that a compiler takes."""
    raw = document.content if not part else next((each.content or b"" for each in document.parts if each.name == part), b"")
    if b"import" not in raw or b"\x00" in raw[:400]:
        return
    upwards, own = "../" * _depth(document), own_name(document)
    for one, other in _IMPORTED.findall(_without_comments(raw)):
        name = one or other
        if not name.startswith(WELL_KNOWN) and name != own and len(name) <= _LONGEST:
            yield Import(name=name, at=upwards + name, within=upwards)


def own_name(document: Document) -> str:
    """What other files call the first one."""
    return "/".join(_steps(document)[-_depth(document) - 1 :])


def _steps(document: Document) -> list[str]:
    return (urlsplit(document.source).path if "://" in document.source else document.source).split("/")


def _depth(document: Document) -> int:
    """How many folders the first file stands below that of all imports: as many as end its path and its package alike."""
    folders = _steps(document)[:-1]
    found = _PACKAGE.search(_without_comments(document.content[:_HEAD]))
    package = found[1].split(".") if found else []
    return len(package) if package and folders[-len(package) :] == package else 0


def _without_comments(raw: bytes) -> str:
    return _SILENT.sub(lambda met: met[1] or " ", raw.decode("utf-8", "replace"))
