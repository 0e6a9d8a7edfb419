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
for format in ("salesforce", "graphql", "sample"):
    for folder in sorted(p for p in (Path(sys.argv[1]) / format).iterdir() if p.is_dir()):
        old, new = (Document(content=next(folder.glob(f"{side}.*")).read_bytes()) for side in ("before", "after"))
        print(folder.name, compare(old, new, format=format), compare(new, old, format=format))
"""


def test_the_findings_of_the_corpus_are_the_same_under_any_hash_seed() -> None:
    outputs = []
    for seed in ("0", "1", "42", "4294967295"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(CORPUS)],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            check=True,
            timeout=60,
        )
        outputs.append(hashlib.sha256(ran.stdout).hexdigest())
        assert ran.stdout.count(b"\n") > 80

    assert len(set(outputs)) == 1
