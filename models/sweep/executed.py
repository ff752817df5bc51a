"""What cost models look at, for all orders of a block at once.

Market orders are filled on arrays (fills.py). Every other order type is carried out by itself,
once for each book, side, size, own parameters and volatility, and its result put into the arrays;
what does not change it (fees, parameters of cost models) is broadcast over it.
"""

from dataclasses import dataclass, field, replace
from itertools import product
from math import isfinite
from typing import Any

import numpy as np

from market.errors import BookNotReady, OrderError
from market.instrument import Floats, Side
from market.order import Order
from models import catalog
from models.base import Execution, MarketState, Request
from models.depth_curve import DepthCurve
from models.depth_policy import depth_policy
from models.resolve import priced_book, resolve
from models.sweep.cells import Block, folded, parameters_at
from models.sweep.fills import market_fills
from models.sweep.plan import FACTORED_STYLES
from models.volatility.limits import MAX_SIGMA_DAY

NO_PRICE = "no_price"
"""Reason of a point on whose book no price stands; otherwise the field at fault."""
COLUMNS = ("quantity", "filled", "average", "best", "mid", "visible", "maker_share")
WAITING = (
    "rest_quantity",
    "rest_price",
    "fill_probability",
    "touch_probability",
    "low_probability",
    "completion_best",
    "completion_average",
)
"""NaN where nothing rests."""
OTHERS = ("risk_bps", "worked_s", "overlap")


@dataclass(slots=True)
class Executed:
    """Arrays over a part of the block's axes; NaN where refused."""

    block: Block
    style: str
    policy: str
    columns: dict[str, Floats]
    reasons: list[str]
    """Reason by code; code 0 is none."""
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int16]]
    sigma: Floats
    executions: dict[tuple[int, ...], Execution] = field(default_factory=dict)
    """Where the order types were carried out one by one."""

    def __getattr__(self, name: str) -> Floats:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def execution(self, at: tuple[int, ...]) -> Execution | None:
        """The execution at one place of the block's axes; None where it was refused."""
        at = folded(at, self.codes.shape)
        if at not in self.executions and self.style in FACTORED_STYLES and not self.codes[at]:
            self.executions[at] = _carry_out(self, _request(self, at), at)
        return self.executions.get(at)


def executed(block: Block, style: str, policy: str) -> Executed:
    """Every order of one type and policy."""
    found = (
        _market(block, policy) if style in FACTORED_STYLES else _one_by_one(block, style, policy)
    )
    wrong = ~((found.sigma > 0) & (found.sigma <= MAX_SIGMA_DAY))
    if block.has("sigma_day") and wrong.any():
        _refuse(found, "volatility", wrong)
    return found


def _market(block: Block, policy: str) -> Executed:
    sizes = block.grid("size")
    axis, sides = block.sides
    shape = np.broadcast_shapes(block.book_shape, block.sign.shape, sizes.shape)
    book_shape = tuple(
        n if i != axis else len(sides)
        for i, n in enumerate(np.broadcast_shapes(block.book_shape, block.sign.shape))
    )
    columns: dict[str, Floats] = {}
    columns |= {name: np.full(shape, np.nan) for name in ("quantity", "filled", "average")}
    columns |= {name: np.full(book_shape, np.nan) for name in ("best", "mid", "visible")}
    still = np.zeros((1,) * len(shape))
    columns |= {"maker_share": still, "worked_s": still, "overlap": still}
    columns |= dict.fromkeys((*WAITING, "risk_bps"), still + np.nan)
    found = Executed(block, "market", policy, columns, [""], np.zeros(shape, np.int16), block.sigma)
    wanted = np.broadcast_to(sizes, shape)
    for book in block.books():
        for number, side in enumerate(sides):
            place = tuple(number if i == axis else p for i, p in enumerate(book.place))
            try:
                curve = curve_of(book.state, side)
            except BookNotReady:
                found.codes[place] = _code(found, NO_PRICE)
                continue
            columns["best"][place], columns["mid"][place] = curve.best, curve.mid
            columns["visible"][place] = curve.visible
            fills = market_fills(
                book.state.instrument,
                curve,
                depth_policy(policy),
                np.ascontiguousarray(wanted[place]),
                block.sweep.unit,
            )
            columns["quantity"][place] = fills.quantity
            columns["filled"][place], columns["average"][place] = fills.filled, fills.average
            for reason, where in fills.refused.items():
                codes = found.codes[place]
                found.codes[place] = np.where(where, _code(found, reason), codes)
    return found


def curve_of(state: MarketState, side: Side) -> DepthCurve:
    """The side of the book, as models/resolve.py makes sure of it."""
    curve = DepthCurve.of(priced_book(state), side)
    if not (isfinite(curve.mid) and isfinite(curve.value) and isfinite(curve.visible)):
        raise BookNotReady("the book has a price or a size that no market has")
    return curve


def _one_by_one(block: Block, style: str, policy: str) -> Executed:
    own = own_parameters(block, style)
    sigma = block.sigma
    shape = np.broadcast_shapes(
        block.book_shape,
        block.sign.shape,
        block.grid("size").shape,
        sigma.shape,
        *(block.grid(name).shape for name in own),
    )
    names = (*COLUMNS, *WAITING, *OTHERS)
    columns = {name: np.full(shape, np.nan) for name in names}
    found = Executed(block, style, policy, columns, [""], np.zeros(shape, np.int16), sigma)
    for at in product(*(range(n) for n in shape)):
        try:
            execution = _carry_out(found, _request(found, at), at)
        except OrderError as error:
            found.codes[at] = _code(found, error.field)
            continue
        except (BookNotReady, ArithmeticError):
            found.codes[at] = _code(found, NO_PRICE)
            continue
        found.executions[at] = execution
        for name, value in _numbers(execution).items():
            columns[name][at] = value
    return found


def own_parameters(block: Block, owner: str) -> list[str]:
    """Parameters of a model or an order type that the sweep varies."""
    return [key for key in block.sweep.parameters if key.partition(".")[0] == owner]


def _request(found: Executed, at: tuple[int, ...]) -> Request:
    block = found.block
    own = own_parameters(block, found.style)
    grids = {name: block.grid(name) for name in (*own, "size")}
    axis, sides = block.sides
    sigma = float(found.sigma[folded(at, found.sigma.shape)])
    parameters = parameters_at(own, grids, at)
    amount = parameters_at(["size"], grids, at)["size"]
    return Request(
        order=Order(side=sides[at[axis] % len(sides)], amount=amount, unit=block.sweep.unit),
        style=found.style,
        depth_policy=found.policy,
        sigma_day=None if np.isnan(sigma) else sigma,
        parameters=parameters,
    )


def _carry_out(found: Executed, request: Request, at: tuple[int, ...]) -> Execution:
    state = state_at(found.block, at)
    style = catalog.style(request.style, request.parameters)
    order = resolve(request.order, state, request.depth_policy, style.own_price)
    return style.execute(order, request, state)


def state_at(block: Block, at: tuple[int, ...]) -> MarketState:
    """The state at one place of the arrays, with all of its shocks."""
    shape = block.book_shape
    place = np.ravel_multi_index(folded(at, shape), shape)
    state = block.books()[int(place)].state
    measured = block.measured
    sigma = float(measured[folded(at, measured.shape)])
    if state.sigma_day is None or sigma == state.sigma_day:
        return state
    return replace(state, sigma_day=sigma)


def _numbers(execution: Execution) -> dict[str, Any]:
    fill, waiting = execution.fill, execution.waiting
    starts = [child.start_s for child in execution.children]
    parts = np.array([child.filled for child in execution.children])
    numbers = {
        "quantity": fill.quantity,
        "filled": fill.filled,
        "average": fill.average,
        "best": fill.best,
        "mid": fill.mid,
        "visible": fill.visible,
        "maker_share": execution.maker_share,
        "risk_bps": np.nan if execution.risk_bps is None else execution.risk_bps,
        "worked_s": starts[-1] * len(starts) / (len(starts) - 1) if len(starts) > 1 else 0.0,
        "overlap": float((parts.sum() - np.cumsum(parts)) @ parts),
    }
    if waiting is not None:
        numbers |= {
            "rest_quantity": waiting.quantity,
            "rest_price": waiting.price,
            "fill_probability": waiting.fill_probability,
            "touch_probability": waiting.touch_probability,
            "low_probability": waiting.low_probability,
            "completion_best": waiting.completion_best,
            "completion_average": waiting.completion_average,
        }
    return numbers


def _refuse(found: Executed, reason: str, where: Any) -> None:
    is_free = found.codes != _code(found, NO_PRICE)
    found.codes = np.where(where & is_free, _code(found, reason), found.codes).astype(np.int16)


def _code(found: Executed, reason: str) -> int:
    if reason not in found.reasons:
        found.reasons.append(reason)
    return found.reasons.index(reason)
