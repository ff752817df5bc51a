"""What the page of a receipt shows, as texts."""

from market.book import BookSnapshot
from market.instrument import Instrument
from models.base import CostEstimate
from storage.history import Line, SavedEstimate
from storage.receipt import Receipt
from webapp import format as fmt

LEVELS = 25
"""Of the book, shown; the receipt holds all."""


def line_facts(saved: SavedEstimate) -> list[tuple[str, str]]:
    """What is known without the receipt."""
    return [
        ("Market", f"{saved.source.value} · {saved.venue} · {saved.venue_symbol}"),
        ("Order", f"{saved.side.value} {fmt.significant(saved.amount)} {saved.unit.value}"),
        ("Type and recipe", f"{saved.style}, {saved.recipe}"),
        ("Total", f"{fmt.bps(saved.total_bps)} bps, {fmt.band(saved.low_bps, saved.high_bps)}"),
        ("Average price", fmt.significant(saved.average_price)),
        ("Saved", fmt.utc(saved.created_ns)),
        ("Saved by", f"Fathom {saved.code_version}"),
    ]


def order_facts(line: Line, receipt: Receipt) -> list[tuple[str, str]]:
    """The answer, and the question."""
    estimate, instrument, saved = receipt.estimate, receipt.instrument, line.saved
    fill, request = estimate.fill, receipt.request
    rows = [
        ("Market", f"{saved.source.value} · {instrument.venue} · {instrument.venue_symbol}"),
        ("Order", f"{fill.side.value} {fmt.significant(saved.amount)} {saved.unit.value}"),
        ("Order type", request.style),
        ("Recipe", request.recipe),
        *([("Impact model", request.impact)] if request.impact else []),
        ("Beyond the visible book", request.depth_policy),
        ("Total", f"{fmt.bps(estimate.total_bps)} bps"),
        ("Band", f"{fmt.band(estimate.low_bps, estimate.high_bps)} bps"),
        ("Cost", fmt.money(estimate.total_quote, instrument.quote)),
        ("Average price", fmt.price(fill.average, instrument, finer=2)),
        ("Filled", fmt.quantity(fill.filled, instrument)),
        ("Unfilled", fmt.quantity(fill.unfilled, instrument)),
        ("Trust", estimate.trust.grade.name.lower()),
    ]
    rows += [(key, fmt.significant(value)) for key, value in request.parameters.items()]
    if line.marks.tags:
        rows.append(("Tags", ", ".join(line.marks.tags)))
    if line.marks.note:
        rows.append(("Note", line.marks.note))
    return rows


def origin_facts(saved: SavedEstimate, receipt: Receipt) -> list[tuple[str, str]]:
    """Everything the answer stands on, by date and version."""
    state, fees, tier = receipt.state, receipt.request.fees, receipt.request.tier
    adv = fmt.MISSING if state.adv is None else fmt.quantity(state.adv, state.instrument)
    rows = [
        ("Market state of", fmt.utc(state.as_of_ns)),
        ("Saved", fmt.utc(receipt.created_ns)),
        ("Fee schedule", f"{fees.source}, {fees.as_of}" if fees else fmt.MISSING),
        ("Fee tier", f"{tier.name}: {fmt.rates(tier)}" if tier else fmt.MISSING),
        ("Volatility", fmt.volatility(state.sigma_day)),
        ("Measured as", state.sigma_origin or fmt.MISSING),
        ("Traded in 24 h", adv),
        ("Saved by", f"Fathom {receipt.code_version}"),
        ("Receipt format", str(receipt.format)),
        ("SHA-256", saved.receipt_sha256),
    ]
    if receipt.request.sigma_day is not None:
        rows.insert(5, ("Volatility typed", fmt.percent(receipt.request.sigma_day, 4)))
    for name, values in receipt.models.items():
        told = ", ".join(f"{k.partition('.')[2]} {fmt.significant(v)}" for k, v in values.items())
        rows.append((f"Model {name}", told or "no parameters"))
    return rows


def cost_rows(estimate: CostEstimate) -> list[tuple[str, str, str, str, str]]:
    """Parts, the total, and what could not be given."""
    rows = [
        (
            fmt.sentence(part.kind.replace("_", " ")) + ("" if part.is_in_total else ", beside"),
            fmt.bps(part.bps),
            fmt.bps(part.low_bps),
            fmt.bps(part.high_bps),
            part.model,
        )
        for part in estimate.components
    ]
    total = (fmt.bps(estimate.total_bps), fmt.bps(estimate.low_bps), fmt.bps(estimate.high_bps))
    rows.append(("Total", *total, ""))
    rows += [
        (
            fmt.sentence(gap.kind.replace("_", " ")),
            fmt.MISSING,
            fmt.MISSING,
            fmt.MISSING,
            f"{gap.model}: {gap.reason}",
        )
        for gap in estimate.absent
    ]
    return rows


def depth(book: BookSnapshot) -> str:
    """How many levels the receipt holds on each side."""
    return f"{len(book.bid_prices)} + {len(book.ask_prices)}"


def book_rows(book: BookSnapshot, instrument: Instrument) -> list[tuple[str, str, str, str]]:
    """The best levels of both sides."""
    rows = []
    for i in range(min(LEVELS, max(len(book.bid_prices), len(book.ask_prices)))):
        has_bid, has_ask = i < len(book.bid_prices), i < len(book.ask_prices)
        rows.append(
            (
                fmt.exact_size(float(book.bid_sizes[i]), instrument) if has_bid else "",
                fmt.price(float(book.bid_prices[i]), instrument) if has_bid else "",
                fmt.price(float(book.ask_prices[i]), instrument) if has_ask else "",
                fmt.exact_size(float(book.ask_sizes[i]), instrument) if has_ask else "",
            )
        )
    return rows
