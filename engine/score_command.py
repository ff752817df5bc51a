"""`score` and `fills`: what quotes and chances of a fill were worth on a recording."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.score_replay import SIZES, score
from engine.scoreboard import Scores
from engine.shadow.replay import shadow
from engine.shadow.report import FillReport
from feeds.catalog import RECORDED
from market.errors import OrderError
from models.catalog import RECIPES
from models.scoring.words import bucket_label


def add_score(parser: argparse.ArgumentParser) -> None:
    """The arguments of `score`."""
    _add_file(parser)
    sizes = " ".join(f"{size:g}" for size in SIZES)
    parser.add_argument(
        "--sizes",
        type=_amount,
        nargs="+",
        default=list(SIZES),
        help=f"in the quote currency ({sizes})",
    )
    parser.add_argument(
        "--recipes", nargs="+", choices=list(RECIPES), default=["exact"], help="exact"
    )
    parser.set_defaults(command=_score)


def add_fills(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fills`."""
    _add_file(parser)
    parser.set_defaults(command=_fills)


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording (.jsonl.gz)")
    parser.add_argument("--venue", default="", help=f"its venue: {', '.join(RECORDED)}")
    parser.add_argument("--json", action="store_true", help="for machines")


def _amount(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _score(options: argparse.Namespace) -> int:
    found = score(options.file, options.venue, sizes=options.sizes, recipes=options.recipes)
    if not found.lines and not found.unscored:
        raise OrderError("file", f"{options.file.name} holds no book that could be quoted")
    return _say(options, found, _score_table(found))


def _fills(options: argparse.Namespace) -> int:
    found = shadow(options.file, options.venue)
    return _say(options, found, "\n".join(line for one in found for line in _fill_lines(one)))


def _say(options: argparse.Namespace, found: object, text: str) -> int:
    if options.json:
        text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    sys.stdout.write(text + "\n")
    return 0


# -- tables ------------------------------------------------------------------------------------


def _score_table(found: Scores) -> str:
    headings = ("instrument", "recipe", "size", "delay", "quotes", "bias", "error", "rms", "band")
    rows = [
        (
            line.key.venue_symbol,
            line.key.recipe,
            bucket_label(line.key.bucket, line.key.quote),
            f"{line.key.delay_s:g} s",
            f"{line.count:,}",
            f"{line.bias_bps:+.3f}",
            f"{line.mean_absolute_bps:.3f}",
            f"{line.root_mean_square_bps:.3f}",
            "-" if line.coverage is None else f"{line.coverage:.0%}",
        )
        for line in found.lines
    ]
    lost = [f"not scored, {reason}: {count:,}" for reason, count in found.unscored]
    return "\n".join(
        [
            "bps; bias > 0: it cost more than quoted; error: mean absolute",
            *_table([headings, *rows], words=3),
            f"not due before the end: {found.waiting:,}",
            *lost,
        ]
    )


def _fill_lines(found: FillReport) -> Iterator[str]:
    yield (
        f"{found.market.symbol}: {found.placed:,} orders, {found.settled:,} outcomes; "
        f"{found.headline}"
    )
    for reason, count in found.discarded:
        yield f"  given up, {reason}: {count:,}"
    if found.waits_for:
        yield f"  waits for {found.waits_for}"
    if found.rates:
        yield from _rates(found)
    if found.scores:
        yield from _scores(found)
    yield ""


def _rates(found: FillReport) -> list[str]:
    headings = ("ticks", "horizon", "outcomes", "pessimistic", "proportional", "optimistic")
    rows = [
        (
            f"{rate.ticks:+d}",
            f"{rate.horizon_s:g} s",
            f"{rate.settled:,}",
            *(
                f"{filled / rate.settled:.1%}"
                for filled in (rate.pessimistic, rate.proportional, rate.optimistic)
            ),
        )
        for rate in found.rates
    ]
    return _table([headings, *rows], words=0)


def _scores(found: FillReport) -> list[str]:
    headings = (
        *("model", "horizon", "outcomes", "Brier", "base rate", "analytic", "log-loss", "ECE"),
        "verdict",
    )
    rows = [
        (
            line.model,
            "all" if line.horizon_s is None else f"{line.horizon_s:g} s",
            f"{line.score.count:,}",
            f"{line.score.brier:.4f}",
            f"{line.base_brier:.4f}",
            f"{line.analytic_brier:.4f}",
            f"{line.score.log_loss:.4f}",
            f"{line.score.calibration_error:.3f}",
            line.verdict,
        )
        for line in found.scores
    ]
    return _table([headings, *rows], words=1)


def _table(rows: Sequence[Sequence[Any]], words: int) -> list[str]:
    """Columns; the first `words` of them to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
