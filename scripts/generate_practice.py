"""Simulate some months of a practice: 837P claims, its payers' 835 remittances, and the truth about each line.

    python scripts/generate_practice.py --claims 20000 --months 4 --seed 1 --output practice

The same arguments give the same bytes. Everything in the files is invented.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from generate.arguments import count, share
from generate.practice import GROUPS, Counts, Practice, Wanted

# From this month every code of the formulary is valid, and every code that a defect bills as ended has ended.
EARLIEST = dt.date(2025, 8, 1)


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a month such as 2026-01: {text}") from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    about = (__doc__ or "").partition("\n")[0]
    style = argparse.ArgumentDefaultsHelpFormatter
    command = argparse.ArgumentParser(description=about, formatter_class=style)
    option = command.add_argument
    option("--claims", type=count, default=20_000, help="how many claims, replacements and voids included")
    option("--months", type=count, default=4, help="how many months of claims, a file each")
    option("--seed", type=int, default=1, help="another number makes another practice")
    option("--output", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    option("--start", type=_month, default=dt.date(2026, 1, 1), metavar="MONTH", help="first month, as 2026-01")
    option("--injection-share", type=share, default=0.5, help="share of the visits with an injection")
    option("--defect-share", type=share, default=0.3, help="share of those with a planted defect")
    option("--all-lines", action="store_true", help="the truth about claims without a trigger code too")
    option("--duplicate-remits", type=int, default=0, metavar="N", help="deliver N remittances a second time")
    option("--unbalanced", type=int, default=0, metavar="N", help="spoil N balances (truth-unbalanced.jsonl)")
    return command


def run(arguments: list[str] | None = None) -> Counts:
    """Read the command line, write the practice; returns what was written."""
    command = parser()
    given = command.parse_args(arguments)
    if given.start < EARLIEST:
        command.error(f"--start must be {EARLIEST:%Y-%m} or later: the drug codes are those in force since")
    if given.claims < given.months * GROUPS:
        command.error(f"--claims must give each of the {GROUPS} provider groups one claim a month")
    if given.output.exists() and (not given.output.is_dir() or any(given.output.iterdir())):
        command.error("--output must be a new or empty folder: files of another run would mix with these")
    given.output.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(
        given.claims,
        given.months,
        given.seed,
        given.start,
        given.output,
        given.injection_share,
        given.defect_share,
        given.all_lines,
        given.duplicate_remits,
        given.unbalanced,
    )
    return Practice(wanted).write()


def main() -> int:
    """Write the practice and say on stderr what it holds."""
    counts = run()
    print(
        f"{counts.claims} claims with {counts.lines} lines, {counts.payments} claim payments, "
        f"the truth about {counts.rows} lines; summary.json has the counts",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
