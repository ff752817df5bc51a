"""A receipt: everything one estimate was made from, as text that reads back bit for bit.

Canonical JSON (keys sorted, shortest text of every float), so that one content has one hash.
Numbers JSON does not have (NaN, infinities) are refused: they would come back as nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from market.book import BookSnapshot
from market.errors import OrderError
from market.instrument import Instrument
from models.base import Absent, CostComponent, CostEstimate, MarketState, Request
from models.catalog import MODELS, STYLES
from models.fees import fees_for
from models.parameters import parameters_of
from storage.errors import NotStorable, ReceiptBroken

FORMAT = 1
"""Raised when a receipt of an older shape could no longer be read by the types of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The estimate, and the state it was made from: enough to make it again and compare."""

    format: int
    code_version: str
    created_ns: int
    """When it was saved."""
    estimate: CostEstimate
    state: MarketState
    models: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Each model and the order type with the values of all its parameters, defaults too: what
    one version of a formula is. A learned model names its snapshot instead."""

    @property
    def request(self) -> Request:
        """What was asked, with its fee schedule and parameters."""
        return self.estimate.request

    @property
    def instrument(self) -> Instrument:
        """The listing as it was then."""
        return self.state.instrument

    @property
    def book(self) -> BookSnapshot:
        """The levels the estimate walked, both sides, as received."""
        if self.state.book is None:
            raise ReceiptBroken("This receipt holds no book.")
        return self.state.book

    @property
    def sigma_day(self) -> float | None:
        """Measured volatility (fraction per square root of a day); the request's may replace it."""
        return self.state.sigma_day

    @property
    def adv(self) -> float | None:
        """Traded in the 24 h before (base)."""
        return self.state.adv


def make(
    estimate: CostEstimate, state: MarketState, *, code_version: str, created_ns: int
) -> Receipt:
    """The receipt of an estimate, or NotStorable where it was not made from that state."""
    check(estimate, state)
    return Receipt(
        format=FORMAT,
        code_version=code_version,
        created_ns=created_ns,
        estimate=with_fees(estimate),
        state=state,
        models=versions(estimate),
    )


def versions(estimate: CostEstimate) -> dict[str, dict[str, float]]:
    """What took part in the estimate, by name, with the parameters it has in this program."""
    parts: tuple[CostComponent | Absent, ...] = (*estimate.components, *estimate.absent)
    named = dict.fromkeys(part.model for part in parts)
    owners: dict[str, Any] = {name: MODELS.get(name) for name in named}
    owners[estimate.request.style] = STYLES.get(estimate.request.style)
    typed = estimate.request.parameters
    return {
        name: {p.key: float(typed.get(p.key, p.default)) for p in parameters_of(owner)}
        if owner
        else {}
        for name, owner in owners.items()
    }


def check(estimate: CostEstimate, state: MarketState) -> None:
    """Raise NotStorable unless the estimate was made from this very state."""
    book = state.book
    if (
        book is None
        or book.seq != estimate.book_seq
        or state.as_of_ns != estimate.as_of_ns
        or state.source is not estimate.source
        or state.instrument != estimate.instrument
    ):
        raise NotStorable(
            "The estimate was not saved: it does not belong to the book beside it. Estimate again."
        )


def with_fees(estimate: CostEstimate) -> CostEstimate:
    """The same estimate, its request naming the schedule and tier that were charged.

    A request without them means "as published", and that may read differently tomorrow.
    """
    try:
        fees, tier = fees_for(estimate.request, estimate.instrument)
    except OrderError:
        return estimate
    return replace(estimate, request=replace(estimate.request, fees=fees, tier=tier))


def encode(receipt: Receipt) -> str:
    """Canonical text, or NotStorable where a value could not come back equal."""
    _check_finite(receipt, "receipt")
    try:
        return msgspec.json.encode(receipt, order="sorted", enc_hook=plain).decode()
    except (UnicodeEncodeError, NotImplementedError, TypeError) as error:
        raise NotStorable(f"The estimate was not saved: {error}.") from error


def decode(body: str, expected_sha256: str) -> Receipt:
    """Frozen types again, or ReceiptBroken when the text is not what was saved."""
    if digest(body) != expected_sha256:
        raise ReceiptBroken(
            "This receipt was changed after it was saved: its content does not match its hash."
        )
    try:
        receipt = msgspec.json.decode(body, type=Receipt, dec_hook=_rich)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ReceiptBroken(f"This receipt cannot be read: {error}.") from error
    if receipt.format != FORMAT:
        raise ReceiptBroken(
            f"This receipt has format {receipt.format}; this Fathom reads format {FORMAT}."
        )
    return receipt


def digest(body: str) -> str:
    """SHA-256 of the text, in hex."""
    return sha256(body.encode(errors="surrogatepass")).hexdigest()


def plain(value: Any) -> Any:
    """What JSON has in place of arrays and mappings."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"a {type(value).__name__} cannot be kept in a receipt")


def _rich(kind: type, value: Any) -> Any:
    if getattr(kind, "__origin__", kind) is np.ndarray:
        array = np.array(value, dtype=np.float64)
        array.flags.writeable = False
        return array
    raise NotImplementedError(f"a {kind} cannot be read from a receipt")


def _check_finite(value: Any, where: str) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotStorable(f"The estimate was not saved: {where} is {value}.")
    elif isinstance(value, np.ndarray):
        if not np.isfinite(value).all():
            raise NotStorable(f"The estimate was not saved: {where} is not finite everywhere.")
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _check_finite(getattr(value, name), f"{where}.{name}")
    elif is_dataclass(value):
        for part in fields(value):
            _check_finite(getattr(value, part.name), f"{where}.{part.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_finite(item, f"{where}.{key}")
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            _check_finite(item, f"{where}[{index}]")
