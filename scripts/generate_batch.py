"""Write a made-up batch of 837P claims, and beside it the findings that a linter must report on it.

    python scripts/generate_batch.py --claims 10000 --seed 1 --output batch.837 --truth truth.jsonl

The same arguments give the same bytes. Everything in the batch is invented.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

from generate.arguments import count, share
from generate.plan import RULES, Mix
from generate.writer import BatchWriter, Layout, Totals

LINE_ENDINGS = {"none": "", "lf": "\n", "crlf": "\r\n"}
# From this day every code of the formulary is valid, and every code that a defect bills as ended has ended.
EARLIEST = dt.date(2025, 7, 1)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a date such as 2026-01-01: {text}") from None


def _rules(text: str) -> tuple[str, ...]:
    rules = tuple(rule.strip().upper() for rule in text.split(",") if rule.strip())
    unknown = [rule for rule in rules if rule not in RULES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no defect for {', '.join(unknown)}; there are {', '.join(RULES)}")
    return rules


def _delimiters(text: str) -> str:
    found = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
    # The data holds letters, digits, blanks, points and (in a spoiled NDC) hyphens.
    if len(found) != 4 or len(set(found)) != 4 or not found.isascii() or re.search(r"[A-Za-z0-9 .\-]", found):
        raise argparse.ArgumentTypeError(
            "must be four different characters (element, component, segment, repetition) that no data holds: "
            "not a letter, digit, blank, point or hyphen"
        )
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    about = (__doc__ or "").partition("\n")[0]
    style = argparse.ArgumentDefaultsHelpFormatter
    command = argparse.ArgumentParser(description=about, formatter_class=style)
    option = command.add_argument
    option("--claims", type=count, default=1000, help="how many claims")
    option("--seed", type=int, default=1, help="another number makes another batch")
    option("--injection-share", type=share, default=0.2, help="share of the visits with an injection")
    option("--defect-share", type=share, default=0.1, help="share of those with a planted defect")
    option("--repeat-share", type=share, default=0.02, help="share of the visits with a second claim")
    option("--defects", type=_rules, default=",".join(RULES), metavar="RULES", help="only these rules")
    option("--output", type=Path, required=True, help="the batch; with --files, NAME-0001.EXT and on")
    option("--truth", type=Path, required=True, help="the expected findings, one JSON object a line")
    option("--files", type=count, default=1, help="spread the batch over so many files")
    option("--interchanges", type=count, default=1, help="interchanges in a file")
    option("--claims-per-transaction", type=count, default=5000, help="claims in a transaction set")
    option("--billing-providers", type=count, default=5, help="provider groups, each with its own HL loop")
    option("--segments-per-claim", type=float, default=26.0, help="the average to aim for, 24 or more")
    option("--delimiters", type=_delimiters, default="*:~^", help="element, component, segment, repetition")
    option("--line-ending", choices=sorted(LINE_ENDINGS), default="none", help="what follows each segment")
    option("--start-date", type=_day, default=dt.date(2026, 1, 1), help="first date of service")
    option("--end-date", type=_day, default=dt.date(2026, 6, 30), help="last date of service")
    return command


def outputs(path: Path, files: int) -> tuple[Path, ...]:
    """The names of the files of a batch."""
    if files == 1:
        return (path,)
    return tuple(path.with_name(f"{path.stem}-{number:04d}{path.suffix}") for number in range(1, files + 1))


def run(arguments: list[str] | None = None) -> Totals:
    """Read the command line, write the batch; returns what was written."""
    command = parser()
    given = command.parse_args(arguments)
    if given.start_date < EARLIEST:
        command.error(f"--start-date must be {EARLIEST} or later: the drug codes are those in force since")
    if (given.end_date - given.start_date).days < 30:
        command.error("--end-date must be at least 30 days after --start-date")
    if (given.end_date - given.start_date).days > 363:
        command.error("--end-date must be within a year of --start-date: the batch is sent a day later, in time")
    if given.claims < given.files * given.interchanges:
        command.error("--claims must give every interchange of every file at least one")
    mix = Mix(
        given.claims,
        given.injection_share,
        given.defect_share,
        given.repeat_share,
        given.defects,
        min(given.claims // 3, 4 * given.claims_per_transaction),
    )
    layout = Layout(
        outputs(given.output, given.files),
        given.interchanges,
        given.claims_per_transaction,
        given.billing_providers,
        given.segments_per_claim,
        given.delimiters,
        LINE_ENDINGS[given.line_ending],
    )
    return BatchWriter(mix, layout, given.seed, given.start_date, given.end_date).write(given.truth)


def main() -> int:
    """Write the batch and say on stderr what it holds."""
    totals = run()
    print(
        f"{totals.claims} claims in {totals.transactions} transaction sets, "
        f"{totals.lines / totals.claims:.2f} lines and "
        f"{totals.segments / totals.claims:.1f} segments a claim, "
        f"{totals.bytes / 1e6:.1f} MB, "
        f"{totals.findings} findings expected",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
