"""What a change of the rules changes: runs two versions of the package over the same 837P files.

    python scripts/diff_rules.py main . batches/*.837
    python scripts/diff_rules.py ../before ../after batch.837 --format json

A version is a folder with a checkout, or a git revision of this repository, which is checked out into a temporary
worktree. Findings are gained, lost or changed (severity or message). Exit codes: 0 no difference, 1 differences, 2 a
version or file that cannot be used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
FIRST = 5
"""Places that are told of each rule and kind of difference."""

_TAIL = 4
"""Lines of a failed command that are worth telling."""

Finding = dict[str, Any]
Key = tuple[str, str, str, str, str, str]
"""What makes two findings the same: rule, file, claim, line, place of the segment in the file, element."""


class VersionError(Exception):
    """A version or a file that cannot be used, with the reason in words."""


class Difference(NamedTuple):
    """One finding that is not the same in both versions."""

    kind: str
    """gained, lost or changed."""
    old: Finding | None
    new: Finding | None

    @property
    def finding(self) -> Finding:
        """The finding that there is, the new one of two."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def place(self) -> str:
        """Where it stands."""
        line = f" line {self.finding['line']}" if self.finding["line"] else ""
        return f"{self.finding['file']}:{self.finding['file_segment']} claim {self.finding['claim']}{line}"

    @property
    def text(self) -> str:
        """What it says, and what it said before."""
        said = [f"{item['severity']}: {item['message']}" for item in (self.old, self.new) if item is not None]
        return " -> ".join(said)


@contextmanager
def checkout(version: str) -> Iterator[Path]:
    """The folder of a version; a worktree of a revision is removed afterwards."""
    folder = Path(version)
    if (folder / "edi837" / "__init__.py").is_file():
        yield folder.resolve()
        return
    with TemporaryDirectory(prefix="edi837-diff-") as temporary:
        tree = Path(temporary) / "tree"
        done = _git("worktree", "add", "--detach", str(tree), version)
        if done.returncode:
            raise VersionError(f"{version} is neither a folder with edi837 in it nor a revision: {_last(done.stderr)}")
        try:
            if not (tree / "edi837" / "__init__.py").is_file():
                raise VersionError(f"{version} has no package edi837")
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def findings(folder: Path, files: Sequence[str], arguments: Sequence[str]) -> list[Finding]:
    """What the version in a folder finds in the files."""
    command = [sys.executable, "-m", "edi837", "check", *arguments, "--isolated", "--format", "json", "--", *files]
    # With -m the working directory is the first place for modules, so the files are given by absolute path.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    try:
        found: list[Finding] = json.loads(done.stdout)["findings"]
    except (ValueError, KeyError, TypeError):
        raise VersionError(f"{folder}: {_last(done.stderr) or 'no report'}") from None
    return found


def differences(old: Sequence[Finding], new: Sequence[Finding]) -> list[Difference]:
    """The findings that are not in both, or not with the same severity and message; by rule, in the order of places."""
    before, after = _by_key(old), _by_key(new)
    found: list[Difference] = []
    for key in before.keys() | after.keys():
        lost, gained = before.get(key, []), after.get(key, [])
        for item in lost[:]:
            if item in gained:
                lost.remove(item)
                gained.remove(item)
        pairs = min(len(lost), len(gained))
        found += [Difference("changed", *pair) for pair in zip(lost[:pairs], gained[:pairs], strict=True)]
        found += [Difference("lost", item, None) for item in lost[pairs:]]
        found += [Difference("gained", None, item) for item in gained[pairs:]]
    return sorted(found, key=_order)


def _by_key(items: Sequence[Finding]) -> dict[Key, list[Finding]]:
    by_key: dict[Key, list[Finding]] = defaultdict(list)
    for item in items:
        place = (str(item[name]) for name in ("code", "file", "claim", "line", "file_segment", "element"))
        code, file, claim, line, segment, element = place
        kept = {name: item[name] for name in ("code", "file", "claim", "line", "file_segment", "element")}
        kept |= {name: item[name] for name in ("severity", "message")}
        by_key[code, file, claim, line, segment, element].append(kept)
    return by_key


def _order(item: Difference) -> tuple[str, str, str, int, str]:
    return item.finding["code"], item.kind, item.finding["file"], item.finding["file_segment"], item.text


def as_text(found: Sequence[Difference], totals: tuple[int, int]) -> str:
    """The report for a person: a paragraph for each rule."""
    if not found:
        return f"no difference in {totals[0]} findings\n"
    kinds = Counter(item.kind for item in found)
    parts = [f"{totals[0]} findings before, {totals[1]} after: {_counts(kinds)}"]
    by_rule: dict[str, list[Difference]] = defaultdict(list)
    for item in found:
        by_rule[item.finding["code"]].append(item)
    for code, items in by_rule.items():
        parts += ["", f"{code}  {_counts(Counter(item.kind for item in items))}"]
        for kind in ("gained", "lost", "changed"):
            own = [item for item in items if item.kind == kind]
            parts += [f"  {kind:<7}  {item.place}  {item.text}" for item in own[:FIRST]]
            if len(own) > FIRST:
                parts.append(f"  {kind:<7}  and {len(own) - FIRST} more")
    return "\n".join(parts) + "\n"


def _counts(kinds: Counter[str]) -> str:
    return ", ".join(f"{kinds[kind]} {kind}" for kind in ("gained", "lost", "changed") if kinds[kind])


def as_json(found: Sequence[Difference], totals: tuple[int, int]) -> str:
    """The report for a program: every difference."""
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for item in found:
        rules[item.finding["code"]][item.kind] += 1
    document = {
        "schema_version": 1,
        "before": totals[0],
        "after": totals[1],
        "rules": {
            code: {kind: kinds[kind] for kind in ("gained", "lost", "changed")} for code, kinds in sorted(rules.items())
        },
        "differences": [{"kind": item.kind, "old": item.old, "new": item.new} for item in found],
    }
    return json.dumps(document, indent=2) + "\n"


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=False)


def _last(text: str) -> str:
    """The end of what a command said, in one line."""
    return " ".join(line.strip() for line in text.strip().splitlines()[-_TAIL:])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    command.add_argument("old", metavar="OLD", help="a folder with a checkout, or a git revision")
    command.add_argument("new", metavar="NEW", help="the same of the other version; . is this folder")
    command.add_argument("files", metavar="FILE", nargs="+", help="837P files or folders")
    command.add_argument("--format", choices=("text", "json"), default="text", help="for a person or a program")
    command.add_argument("--select", metavar="RULES", help="only these rules: codes, names or family letters")
    command.add_argument("--no-preview", action="store_true", help="leave out the rules in preview")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares the versions; returns the exit code."""
    given = parser().parse_args(arguments)
    files = [str(Path(name).resolve()) for name in given.files]
    options = [*([] if given.no_preview else ["--preview"]), *(["--select", given.select] if given.select else [])]
    try:
        missing = [name for name in given.files if not Path(name).exists()]
        if missing:
            raise VersionError(f"{missing[0]} does not exist")
        with ExitStack() as stack:
            folders = [stack.enter_context(checkout(version)) for version in (given.old, given.new)]
            old, new = (_named(findings(folder, files, options), files, given.files) for folder in folders)
    except VersionError as failure:
        print(f"diff_rules: {failure}", file=sys.stderr)
        return 2
    found = differences(old, new)
    report = as_json if given.format == "json" else as_text
    sys.stdout.write(report(found, (len(old), len(new))))
    return 1 if found else 0


def _named(items: list[Finding], absolute: Sequence[str], names: Sequence[str]) -> list[Finding]:
    """The findings with the files named as the user did."""
    for item in items:
        for path, name in zip(absolute, names, strict=True):
            if item["file"] == path or item["file"].startswith(path + os.sep):
                item["file"] = name + item["file"][len(path) :]
                break
    return items


if __name__ == "__main__":
    sys.exit(main())
