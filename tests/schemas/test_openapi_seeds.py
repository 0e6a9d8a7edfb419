"""The same findings, to the byte, whatever the hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"

PROGRAM = """
import sys
from pathlib import Path
from schemas.compare import compare
from schemas.document import Document
for format in ("openapi", "jsonschema"):
    for folder in sorted(p for p in (Path(sys.argv[1]) / format).iterdir() if p.is_dir()):
        old, new = (Document(content=next(folder.glob(f"{side}.*")).read_bytes()) for side in ("before", "after"))
        print(folder.name, compare(old, new, format=format), compare(new, old, format=format))
"""


def test_the_findings_of_the_corpus_are_the_same_under_any_hash_seed() -> None:
    outputs = []
    for seed in ("0", "7", "1234567"):
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(CORPUS)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=100,
        )
        outputs.append(hashlib.sha256(ran.stdout).hexdigest())
        assert ran.stdout.count(b"\n") > 150

    assert len(set(outputs)) == 1
