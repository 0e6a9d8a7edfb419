"""What is printed about pairs of documents, as one digest a pair: `python -m tests.schemas.printed FOLDER...`.

Each folder is a case as `judged_corpus` describes them, below one named after its format. Every output counts, and both
orders. The answer is a JSON object of folder to digest on standard output.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from monitor.report import OUTPUTS, Report, renderer
from tests.schemas.judged_corpus import Case


def digest(folder: Path) -> str:
    """A hash of the bytes of every output, in both orders."""
    printed = hashlib.sha256()
    case = Case(format=folder.parent.name, folder=folder)
    for order in ("forward", "back"):
        report = Report(comparison=case.compared(order), old="before", new="after")
        for output in OUTPUTS:
            printed.update(renderer(output)(report).encode("utf-8", "backslashreplace"))
    return printed.hexdigest()


def main(folders: Sequence[str]) -> None:
    json.dump({folder: digest(Path(folder)) for folder in folders}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
