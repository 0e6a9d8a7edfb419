"""The promises that the shape of the code makes, held on every run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("monitor", "probes", "schemas", "alerts")
LONGEST = 300
REASON = re.compile(r"\b(length|size|long|lines|data|table|whole|one file|one place)\b", re.I)
BARE = re.compile(r"#\s*(type: ignore(\[[\w, -]+\])?|noqa(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?)\s*")
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
NO_NAME = re.compile(r"(^|/)(utils?|helpers?|common|misc|managers?|services?|base)(\.py|/|$)")


def ours() -> Iterator[Path]:
    """Every Python file of the four packages."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def texts() -> Iterator[tuple[str, str]]:
    """Every text file that a commit would hold, as (path, content)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:  # an unpacked archive, not a checkout
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]
    else:
        names = listed.stdout.splitlines()
    for name in names:
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield name, content.decode(errors="replace")


def test_imports_go_one_way() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_a_long_file_says_why() -> None:
    """Over 300 lines needs a reason in the module's docstring: what keeps it whole, or that it is data."""
    long = {path.relative_to(ROOT).as_posix(): text for path in ours() if (text := path.read_text()).count("\n") > LONGEST}
    assert [name for name, text in long.items() if not REASON.search(ast.get_docstring(parsed(ROOT / name)) or "")] == []


def test_every_module_says_what_it_is_for() -> None:
    for path in ours():
        if path.read_text().strip():
            assert ast.get_docstring(parsed(path)), path.relative_to(ROOT)


def test_rooms_have_names_of_their_own() -> None:
    assert [str(path) for path in ours() if NO_NAME.search(path.relative_to(ROOT).as_posix())] == []


def test_every_package_tells_type_checkers_that_it_is_typed() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_an_escape_from_a_checker_says_because() -> None:
    """`# type: ignore[x]` and `# noqa: X` are followed by their reason."""
    bare = []
    for path in [*ours(), *sorted((ROOT / "tests").rglob("*.py"))]:
        text = path.read_text()
        if not BARE.search(text):  # which is quicker to see than what is a comment
            continue
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.COMMENT and BARE.fullmatch(token.string):
                bare.append(f"{path.relative_to(ROOT)}:{token.start[0]}")
    assert bare == []


def test_importing_a_package_does_no_work() -> None:
    """No network, files or threads at import: every module imports in one fresh process, and starts nothing."""
    names = [path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__") for path in ours()]
    wanted = [name for name in names if "migrations" not in name and not name.endswith("__main__")]
    program = (
        "import importlib, sys, threading\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    answer = subprocess.run([sys.executable, "-c", program, *wanted], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|@ file", text)
    requirements = re.findall(r"^([\w.\[\]-]+)(\S*)", text, flags=re.M)
    assert len(requirements) > 3
    assert [name for name, pinned in requirements if not pinned.startswith("==")] == []
    for block in re.split(r"\n(?=\w)", text):
        assert "--hash=sha256:" in block, block.partition(" ")[0]


def test_the_lock_files_agree() -> None:
    pinned: dict[str, str] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", (ROOT / lock).read_text(), flags=re.M):
            assert pinned.setdefault(name, version) == version, f"{name} in {lock}"


def test_nothing_of_one_machine_and_no_secret_is_kept() -> None:
    place = re.compile(r"(?<![\w.~/:-])/(?:work|root|home/[a-z]\w*|Users/[A-Za-z]\w*)/")
    secret = re.compile(
        r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=\n]{64}"
        r"|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}|\bxox[bp]-\d{8,}"
    )
    for name, text in texts():
        if name.endswith(".svg"):
            continue
        for pattern in (place, secret):
            found = pattern.search(text)
            assert found is None, f"{name}: {found.group() if found else ''}"


def test_every_target_of_the_makefile_is_listed_by_make() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, flags=re.M))
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True)
    assert listed.returncode == 0
    assert targets == set(re.findall(r"^  ([a-z-]+) +\S", listed.stdout, flags=re.M))
    assert {"demo", "test", "lint", "bench", "lock"} <= targets
    assert targets == set(re.findall(r"^\.PHONY: (\S+)$", text, flags=re.M))


def test_log_events_are_nouns_with_a_past_tense() -> None:
    """`log.info("drift.found", ...)`: two words with a dot, never a sentence."""
    events = {
        (path.relative_to(ROOT).as_posix(), node.args[0].value)
        for path in ours()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and node.func.attr in {"debug", "info", "warning", "error", "exception"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert events
    assert {event for event in events if not re.fullmatch(r"[a-z]+(?:[._][a-z]+)+", str(event[1]))} == set()


def test_decisions_are_listed_in_their_index() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    assert pages
    assert pages == set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))


def test_the_channel_that_contributors_read_first_is_as_short_as_they_are_told() -> None:
    told = re.search(
        r"\(alerts/channels/(\w+)\.py\) is a whole one that pages, in (\d+) lines", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert told is not None
    assert len((ROOT / "alerts" / "channels" / f"{told[1]}.py").read_text().splitlines()) == int(told[2]) < 80
