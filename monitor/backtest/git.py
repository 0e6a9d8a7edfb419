"""Versions of one document, from a git repository: one for each commit that changed it, along the first parents.

git is asked through its plumbing, as a program of its own. A repository may be a stranger's, and its settings can name
programs to run and hosts to ask: none of those is used. No hooks, no file-system monitor, no filters (blobs are read raw),
no pager, no prompt, no network (a partial clone that lacks a version says so), no settings of the machine.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from monitor.backtest.versions import MAX_BYTES, SUFFIXES, NoHistory, Version
from monitor.nearest import nearest
from probes.errors import ProbeError
from probes.parts import Gathering
from schemas.addresses import placed
from schemas.document import Document

_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.attributesFile", "/dev/null"),
    ("protocol.allow", "never"),
    # What the check for foreign owners guards against is switched off here; and a mounted folder is often another user's.
    ("safe.directory", "*"),
)
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
_TIMEOUT_SECONDS = 120
_REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Blob:
    """A file in one commit, with what it imports there."""

    repository: Path
    commit: str
    name: str

    def read(self) -> Document:
        return self.whole()[0]

    def whole(self) -> tuple[Document, list[str]]:
        """The document, and the paths of the files that it imports."""
        media_type = SUFFIXES.get(PurePosixPath(self.name).suffix.lower())
        content = self._content(self.name)
        if content is None:
            raise NoHistory(f"{self.name} is no file in {self.commit[:12]}")
        gathering = Gathering(
            Document(content=content, source=self.name, media_type=media_type), format=None, max_bytes=MAX_BYTES
        )
        paths: list[str] = []
        try:
            while wanted := gathering.wanted():
                for each in wanted:
                    path = placed(self.name, each.at)
                    part = self._content(path)
                    paths += [path] if part is not None else []
                    gathering.add(each.name, part, "" if part is not None else "is no file of this commit")
        except ProbeError as error:
            raise NoHistory(str(error)) from None
        return gathering.document, paths

    def _content(self, path: str) -> bytes | None:
        """The bytes of a file; None where the path leads out of the repository, or to something else than a file."""
        if path.startswith(("/", "../")) or "://" in path:
            return None
        blob = _blob(self.repository, self.commit, path)
        if blob is None:
            return None
        size = _git(self.repository, "cat-file", "-s", blob).strip()
        if not size.isdigit() or int(size) > MAX_BYTES:
            raise NoHistory(f"{path} has more than {MAX_BYTES:,} bytes")
        return _git(self.repository, "cat-file", "blob", blob)


def is_repository(place: Path) -> bool:
    """Whether a folder is the root of a work tree, or a bare repository."""
    return (place / ".git").exists() or (
        (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
    )


def versions_of(repository: Path, path: str | None) -> Sequence[Version]:
    """The versions of the file `path` of a repository, the oldest first, dated by their commits. Without `path`, of the one
    document there is.

    Where a commit takes the file away, the version before stays the last one. Raises `NoHistory` where there are fewer than
    two versions, or git cannot say.
    """
    known = _documents(repository)
    if path is None:
        if len(known) != 1:
            some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
            count = f"{len(known)} files that may be meant: {some}" if known else "no file that may be meant"
            raise NoHistory(f"name the document with --path; {repository} has {count}")
        path = known[0]
    found: list[Version] = []
    last: list[str | None] = []
    paths = [path, *_imported(repository, path)]
    for commit, at in _commits(repository, *paths):
        blobs = [_blob(repository, commit, each) for each in paths]
        if blobs[0] is None or blobs == last:
            continue
        last = blobs
        found.append(Version(label=commit[:12], at=at, source=Blob(repository, commit, path)))
    if len(found) < 2:
        hint = nearest(path, known) if path not in known else "there is nothing to compare it with"
        raise NoHistory(f"{repository} has {len(found)} versions of {path}, and two are needed; {hint}")
    return found


def _imported(repository: Path, path: str) -> list[str]:
    """The files that it imports today: a commit that changes one of them makes a version, too."""
    if _blob(repository, "HEAD", path) is None:
        return []
    return Blob(repository, "HEAD", path).whole()[1]


def _documents(repository: Path) -> list[str]:
    listed = _git(repository, "ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD")
    names = [name.decode("utf-8", "replace") for name in listed.split(b"\0") if name]
    return [name for name in names if PurePosixPath(name).suffix.lower() in SUFFIXES]


def _commits(repository: Path, *paths: str) -> list[tuple[str, datetime]]:
    listed = _git(repository, "rev-list", "--first-parent", "--reverse", "--format=%H %cI", "HEAD", "--", *paths).decode(
        "ascii", "replace"
    )
    lines = [line.split(" ", 1) for line in listed.splitlines() if not line.startswith("commit ")]
    return [(commit, datetime.fromisoformat(moment)) for commit, moment in lines]


def _blob(repository: Path, commit: str, path: str) -> str | None:
    """The id of what the file held; None where it was not there, or was something else than a file."""
    listed = _git(repository, "ls-tree", "-z", "--full-tree", commit, "--", path).split(b"\0")[0].decode("utf-8", "replace")
    told = re.match(r"([0-7]+) blob ([0-9a-f]{40,64})\t", listed)
    return told[2] if told is not None and told[1] in _REGULAR else None


def _git(repository: Path, *arguments: str) -> bytes:
    settings = [word for name, value in _SETTINGS for word in ("-c", f"{name}={value}")]
    try:
        done = subprocess.run(  # noqa: S603 because every argument is ours, a path after `--`, or an id that git told
            ["git", *settings, "--literal-pathspecs", "--no-pager", "-C", str(repository.absolute()), *arguments],  # noqa: S607 because PATH is fixed above
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed; unpack the versions into a folder, one file each") from None
    except (OSError, ValueError) as error:
        raise NoHistory(
            f"cannot read {repository} with git: {getattr(error, 'strerror', None) or 'a name holds a null byte'}"
        ) from None
    except subprocess.TimeoutExpired:
        raise NoHistory(f"git took more than {_TIMEOUT_SECONDS} s over {repository}") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoHistory(f"git cannot read {repository}: {said[-1].removeprefix('fatal: ') if said else 'it does not say why'}")
    return done.stdout
