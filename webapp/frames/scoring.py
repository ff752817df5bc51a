"""What the Models page shows of shadow orders and of the scoreboard."""

from engine.scoreboard import Scores
from engine.shadow.report import FillReport
from models.scoring.fills import FillRate, FillScore
from models.scoring.quotes import QuoteScore
from models.scoring.words import bucket_label
from webapp import format as fmt
from webapp.components.study_plot import Study
from webapp.frames.rows import NUMBER, Cell, Head, Row
from webapp.frames.studies import COLORS, INT, TEXT, column, layout, line, short

SCORE_HEADS: tuple[Head, ...] = (
    ("Market", ""),
    ("Size", ""),
    ("Recipe and model", ""),
    ("After", NUMBER),
    ("Quotes", NUMBER),
    ("Bias, bps", NUMBER),
    ("Mean error, bps", NUMBER),
    ("RMS, bps", NUMBER),
    ("Band held", NUMBER),
)
FILL_HEADS: tuple[Head, ...] = (
    ("Model", ""),
    ("Horizon", NUMBER),
    ("Orders", NUMBER),
    ("Filled", NUMBER),
    ("Said", NUMBER),
    ("Brier", NUMBER),
    ("of base rate", NUMBER),
    ("Log-loss", NUMBER),
    ("Off by (ECE)", NUMBER),
    ("Verdict", "is-wide"),
)
RATE_HEADS: tuple[Head, ...] = (
    ("Distance", ""),
    ("Horizon", NUMBER),
    ("Settled", NUMBER),
    ("Back of the queue", NUMBER),
    ("In proportion", NUMBER),
    ("Front of the queue", NUMBER),
    ("Crossed", NUMBER),
)
FIGURES = ("Shadow orders placed", "Followed now", "Outcomes settled", "Trained on", "State")
FEW = 30
"""Scored quotes below which a line says that they are few."""


def score_row(score: QuoteScore) -> Row:
    """One line of the scoreboard."""
    key = score.key
    cells: tuple[Cell, ...] = (
        (key.venue_symbol, "", f"{key.source} · {key.venue}"),
        (bucket_label(key.bucket, key.quote), "", ""),
        (key.recipe, "", key.model.replace("_", " ").replace("+", " + ")),
        (fmt.brief(key.delay_s), "", ""),
        (fmt.count(score.count), "", "few so far" if score.count < FEW else ""),
        (fmt.number(score.bias_bps, 3, signed=True), "", ""),
        (fmt.number(score.mean_absolute_bps, 3), "", ""),
        (fmt.number(score.root_mean_square_bps, 3), "", ""),
        _held(score),
    )
    return " ".join(str(part) for part in key), cells, ()


def _held(score: QuoteScore) -> Cell:
    if score.coverage is None:
        return "no band", "", ""
    return fmt.percent(score.coverage, 1), "", f"of {fmt.count(score.banded)}"


def unscored(scores: Scores) -> str:
    """What waits and what could not be scored."""
    waits = f"{fmt.count(scores.waiting)} wait for their moment"
    reasons = [f"{fmt.count(count)} {reason}" for reason, count in scores.unscored]
    return f"{waits}. Not scored: {'; '.join(reasons)}." if reasons else f"{waits}."


def figures(report: FillReport) -> list[str]:
    """Values of FIGURES."""
    return [
        fmt.count(report.placed),
        fmt.count(report.live),
        fmt.count(report.settled),
        fmt.count(report.trained_on),
        report.waits_for or report.learning or "learned",
    ]


def discarded(report: FillReport) -> str:
    """Orders that could not be followed to their end."""
    if not report.discarded:
        return "No order was lost on its way."
    reasons = "; ".join(f"{fmt.count(count)} {reason}" for reason, count in report.discarded)
    return f"Not followed to their end: {reasons}."


def fill_row(score: FillScore) -> Row:
    """One model of the chance of a fill at one horizon."""
    judged = score.score
    look = "is-good" if score.against_base is not None and score.against_base.is_better else ""
    if score.against_base is not None and score.against_base.is_worse:
        look = "is-warn"
    cells: tuple[Cell, ...] = (
        (score.model.replace("_", " "), "", ""),
        ("all" if score.horizon_s is None else fmt.brief(score.horizon_s), "", ""),
        (fmt.count(judged.count), "", ""),
        (fmt.percent(judged.rate, 1), "", ""),
        (fmt.percent(judged.predicted, 1), "", ""),
        (fmt.number(judged.brier, 4), "", ""),
        (fmt.number(score.base_brier, 4), "", ""),
        (fmt.number(judged.log_loss, 4), "", ""),
        (fmt.percent(judged.calibration_error, 1), "", ""),
        (score.verdict or "the base rate itself", look, ""),
    )
    return f"{score.model} {score.horizon_s}", cells, ()


def rate_row(rate: FillRate) -> Row:
    """How often orders at one distance filled."""
    counts = (rate.pessimistic, rate.proportional, rate.optimistic, rate.crossed)
    cells: tuple[Cell, ...] = (
        (distance(rate.ticks), "", ""),
        (fmt.brief(rate.horizon_s), "", ""),
        (fmt.count(rate.settled), "", ""),
        *((fmt.share(count, rate.settled), "", "") for count in counts),
    )
    return f"{rate.ticks} {rate.horizon_s}", cells, ()


def distance(ticks: int) -> str:
    """Where an order rests."""
    if ticks < 0:
        return "inside the spread"
    if ticks == 0:
        return "at our best"
    return "1 tick behind" if ticks == 1 else f"{fmt.count(ticks)} ticks behind"


def reliability(report: FillReport) -> Study | None:
    """What was said against how often it happened, by model, all horizons together."""
    scores = [score for score in report.scores if score.horizon_s is None]
    if not scores:
        return None
    diagonal = {"line": {"color": "$muted", "width": 1, "dash": "dash"}, "mode": "lines"}
    data = [line("as said", [0, 1], [0, 1], "$muted", **diagonal)]
    rows = []
    for score, color in zip(scores, COLORS, strict=False):
        bins = score.score.bins
        rows += [
            (
                *(score.model, each.count, each.predicted),
                *(each.observed, each.observed_low, each.observed_high),
            )
            for each in bins
        ]
        spread = {
            "type": "data",
            "symmetric": False,
            "array": short([each.observed_high - each.observed for each in bins]),
            "arrayminus": short([each.observed - each.observed_low for each in bins]),
            "color": color,
            "thickness": 1,
            "width": 2,
        }
        x, y = short([b.predicted for b in bins]), short([b.observed for b in bins])
        name = score.model.replace("_", " ")
        data.append(line(name, x, y, color, error_y=spread, mode="lines+markers"))
    percent = {"tickformat": ".0%", "range": [-0.02, 1.02]}
    return Study(
        name="reliability",
        meaning="chance of a fill as it was said against how often it happened",
        figure={
            "data": data,
            "layout": layout("said", "happened", xaxis=percent, yaxis=percent),
        },
        columns=(
            column("model", "the model", type=TEXT),
            column("orders", "in the bin", type=INT),
            column("said", "mean chance"),
            column("happened", "how often it filled"),
            column("happened_low", "lower edge of its 95 % interval (Wilson)"),
            column("happened_high", "upper edge"),
        ),
        rows=rows,
    )
