"""The documents that are measured: published packages fetched with `npm pack`, recorded ones from a folder, and our own."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
from pathlib import Path

PACKAGES = {
    "github-rest": ("@octokit/openapi", "package/generated/api.github.com.json", ("22.0.0", "23.0.2")),
    "github-graphql": ("@octokit/graphql-schema", "package/schema.graphql", ("15.0.0", "15.9.0")),
}
RECORDED = {
    "stripe b -> c": ("stripe/b-2022-11-16-90fbe90142.openapi.json.gz", "stripe/c-2022-11-16-c3ae0d4c07.openapi.json.gz"),
    "stripe d -> e": ("stripe/d-2023-08-16-98a7c58cda.openapi.json.gz", "stripe/e-2023-08-16-a58933749c.openapi.json.gz"),
    "partner WSDL": ("salesforce/wsdl/partner-20.0.wsdl.gz", "salesforce/wsdl/partner-47.0.wsdl.gz"),
    "Account": ("salesforce/describe/Account.json", "salesforce/describe/Account.person-accounts-org.json"),
}
_TO_YAML = """
import json, sys, yaml
tree = json.load(open(sys.argv[1]))
tree["paths"] = dict(list(tree["paths"].items())[:600])
text = yaml.dump(tree, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True)
open(sys.argv[2], "w", encoding="utf-8").write(text)
"""


class Absent(Exception):
    """A document that is not to be had here, and why."""


def published(name: str, cache: Path) -> tuple[Path, Path]:
    """Both versions of a published document; raises `Absent` without npm or a registry."""
    package, member, versions = PACKAGES[name]
    one, other = (_published(package, member, version, cache) for version in versions)
    return one, other


def _published(package: str, member: str, version: str, cache: Path) -> Path:
    kept = cache / "documents" / f"{package.strip('@').replace('/', '-')}-{version}{Path(member).suffix}"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        told = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"],
            cwd=kept.parent,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(f"npm pack {package}@{version}: {error.__class__.__name__}") from None
    if told.returncode:
        raise Absent(f"npm pack {package}@{version} failed")
    archive = kept.parent / told.stdout.split()[-1]
    with tarfile.open(archive) as packed:
        found = packed.extractfile(member)
        assert found is not None
        part = kept.with_suffix(".part")
        part.write_bytes(found.read())
    part.rename(kept)
    archive.unlink()
    return kept


def recorded(name: str, cache: Path) -> tuple[Path, Path]:
    """Both documents of a recorded pair, unpacked; raises `Absent` where DRIFTPAGER_REAL_DATA names no such folder."""
    folder = os.environ.get("DRIFTPAGER_REAL_DATA")
    if not folder:
        raise Absent("set DRIFTPAGER_REAL_DATA to the folder of recorded documents")
    one, other = (_unpacked(Path(folder) / path, cache) for path in RECORDED[name])
    return one, other


def _unpacked(path: Path, cache: Path) -> Path:
    if not path.is_file():
        raise Absent(f"DRIFTPAGER_REAL_DATA holds no {path.name}")
    if path.suffix != ".gz":
        return path
    kept = cache / "documents" / path.name.removesuffix(".gz")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(gzip.decompress(path.read_bytes()))
    return kept


def as_yaml(source: Path, cache: Path) -> Path:
    """A large description written as YAML, about 9 MB of it; made in a process of its own."""
    kept = cache / "documents" / f"{source.stem}.yaml"
    if not kept.exists():
        part = kept.with_suffix(".part")
        subprocess.run([sys.executable, "-c", _TO_YAML, str(source), str(part)], check=True)
        part.rename(kept)
    return kept
