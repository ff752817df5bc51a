"""Asks books, waits for the tape, and hands over what it said: labels in the order they settled.

    asked at t          features and walk of the book in force at t: the last one that had come
    settled for delay D with the book in force at t + D
    next t              t + step * uniform(0.5, 1.5)

Orders are sent at any moment, not just after an update: with t at the updates of a feed that beats
every 100 ms, nothing would ever have changed 50 ms later. Time is our receive time, which never
goes back and is what an order of ours would meet. A label needs an unbroken tape: a break, a
refused book or a closed market discards what waits, counted. A moment that was asked about once is
never asked about again, however often a recording is played.
Nothing here is dear: it runs where books are applied. No clock, no task, no thread.
"""

from collections import Counter, deque
from dataclasses import dataclass, replace
from math import isfinite, log10
from random import Random
from typing import Generic, TypeVar

import numpy as np

from market.book import BookSnapshot
from market.errors import BookNotReady
from market.instrument import Floats
from market.units import NS_PER_S
from models.learning.probes import Probe, amounts_for, probe, slippage_now
from models.learning.spec import NOW, LearningSpec
from models.learning.stretches import Stretches
from models.slippage.features import order_flow
from models.volatility.ewma import EwmaVolatility

T = TypeVar("T")

FLOW_HALF_LIFE_S = 1.0
SIGMA_HALF_LIFE_S, SIGMA_STEP_S, SIGMA_LEAST_S = 60.0, 0.1, 3.0
"""Volatility of the last minute, known after three seconds."""
WAITING_LIMIT = 1000
"""Probes that wait for one delay; a spec cannot ask for more than this at once."""
NEAR = 0.1
"""Decades between two amounts of a user that count as the same size."""
READY_LIMIT = 20_000
"""Settled probes that nobody fetched; the oldest go."""


@dataclass(frozen=True, slots=True)
class Settled(Generic[T]):
    """The labels of one probe at one delay."""

    delay_ns: int
    probe: Probe
    label: Floats
    """(n,) slippage the same orders met then (bps of the probe's mid); NaN: not visible whole"""
    settled_ns: int
    shown: T
    """What was published when the probe was asked: it is marked, not its successors."""


class Collector(Generic[T]):
    """One market's probes, single writer."""

    def __init__(self, spec: LearningSpec, shown: T) -> None:
        self._spec = spec
        self.shown = shown
        """What is published now."""
        self.flow = 0.0
        """Recent order flow (base)."""
        self.counts: Counter[str] = Counter()
        """probes, settled, discarded, beyond (the visible book), dropped."""
        self.taught = Stretches()
        """Asked about already."""
        self._began_ns = self._asked_ns = 0
        """First and last moment asked about since the tape was cut last; 0 before the first."""
        self._sigma = _sigma()
        self._around = spec.around
        self._amounts: tuple[float, ...] = ()
        self._waiting: dict[int, deque[tuple[int, Probe, T]]] = {
            delay: deque() for delay in spec.delays_ns
        }
        self._next_ns = dict.fromkeys(spec.delays_ns, 0)
        self._ready: deque[Settled[T]] = deque(maxlen=READY_LIMIT)
        self._least_ns = round(NS_PER_S / spec.probes_per_s)
        self._ask_ns = 0
        """When the next probe is due; 0 before the first book."""
        self._random = Random(0)
        self._before: BookSnapshot | None = None
        """The book that `_asked` is of."""
        self._asked: Probe | None = None
        self._last: BookSnapshot | None = None
        """The book that flow was measured to, at `_last_ns`."""
        self._last_ns = 0

    # -- written where books are applied -----------------------------------------------------

    def is_due(self, ns: int) -> bool:
        """Whether a probe or a label falls due before `ns`."""
        return self._ask_ns < ns or any(w and w[0][0] < ns for w in self._waiting.values())

    def advance(self, book: BookSnapshot | None, until_ns: int) -> None:
        """`book` was in force until now: ask and label what fell due before `until_ns`.

        None: no book that may be believed was; what fell due is discarded.
        """
        if until_ns < self._asked_ns:
            self._go_back()
        if book is None:
            self._ask_ns = max(self._ask_ns, until_ns)
            self._before = None
        elif self._ask_ns == 0:
            self._ask_ns = max(book.recv_ns, until_ns - self._least_ns)
        while book is not None and self._ask_ns < until_ns:
            free_ns = self.taught.free_from(self._ask_ns)
            if free_ns > self._ask_ns:
                self._ask_ns = free_ns
                continue
            self._ask(book, self._ask_ns)
            self._began_ns, self._asked_ns = self._began_ns or self._ask_ns, self._ask_ns
            self.taught.add(self._began_ns, self._asked_ns)
            self._ask_ns += round(self._least_ns * self._random.uniform(0.5, 1.5))
        for delay, waiting in self._waiting.items():
            while waiting and waiting[0][0] < until_ns:
                due_ns, asked, shown = waiting.popleft()
                if book is None:
                    self.counts["discarded"] += len(asked.sizes)
                else:
                    self._label(book, delay, asked, due_ns, shown)

    def broke(self) -> None:
        """The tape was cut: no label that waits can be trusted, no flow spans the cut."""
        for waiting in self._waiting.values():
            self.counts["discarded"] += sum(len(asked.sizes) for _, asked, _ in waiting)
            waiting.clear()
        self._before, self._asked, self.flow, self._ask_ns = None, None, 0.0, 0
        self._last, self._began_ns = None, 0

    def around(self, amount: float) -> None:
        """Ask about orders around this one (quote) from the next book on.

        An amount near the one that is asked about already changes nothing.
        """
        if not (isfinite(amount) and amount > 0):
            return
        if self._around is None or abs(log10(amount / self._around)) > NEAR:
            self._around, self._amounts = amount, ()

    # -- read --------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Probes that wait for the tape."""
        return sum(map(len, self._waiting.values()))

    @property
    def amounts(self) -> tuple[float, ...]:
        """Sizes asked about (quote); empty before the first book."""
        return self._amounts

    @property
    def sigma_day(self) -> float | None:
        """Volatility of the last minute; None for the first seconds."""
        return self._sigma.get()

    def next_due(self, delay_ns: int) -> int | None:
        """When the next label of that delay falls due; None where none waits."""
        waiting = self._waiting[delay_ns]
        return waiting[0][0] if waiting else None

    def fetch(self) -> list[Settled[T]]:
        """What settled since the last call, in that order."""
        settled = list(self._ready)
        self._ready.clear()
        return settled

    # -- within ------------------------------------------------------------------------------

    def _go_back(self) -> None:
        """A recording was taken back: what was measured later does not count here."""
        self.broke()
        self._sigma, self._asked_ns = _sigma(), 0
        self._next_ns = dict.fromkeys(self._next_ns, 0)

    def _ask(self, book: BookSnapshot, ns: int) -> None:
        asked = self._probe(book, ns)
        if asked is None:
            return
        self.counts["probes"] += 1
        for delay, due_ns in self._next_ns.items():
            if ns < due_ns:
                continue
            self._next_ns[delay] = ns + self._spec.step_ns(delay) - self._least_ns // 2
            if delay == NOW:
                self._add(Settled(delay, asked, asked.walk, ns, self.shown))
            elif len(self._waiting[delay]) < WAITING_LIMIT:
                self._waiting[delay].append((ns + delay, asked, self.shown))

    def _probe(self, book: BookSnapshot, ns: int) -> Probe | None:
        """Of this book at this moment; the rows of a book that was asked already stay the same."""
        if book is self._before:
            return None if self._asked is None else replace(self._asked, ns=ns)
        self._measure(book, ns)
        self._before, self._asked = book, None
        sigma_day = self._sigma.get()
        if sigma_day is None:
            self._before = None
            return None
        try:
            self._amounts = self._amounts or amounts_for(book, self._around)
            asked = probe(book, self._amounts, sigma_day=sigma_day, flow=self.flow, ns=ns)
        except BookNotReady:
            return None
        self.counts["beyond"] += 2 * len(self._amounts) - (len(asked.sizes) if asked else 0)
        self._asked = asked
        return asked

    def _measure(self, book: BookSnapshot, ns: int) -> None:
        self._sigma.update(book.mid, ns)
        if self._last is not None:
            elapsed_s = max(0, ns - self._last_ns) / NS_PER_S
            decay: float = 0.5 ** (elapsed_s / FLOW_HALF_LIFE_S)
            self.flow = self.flow * decay + order_flow(self._last, book)
        self._last, self._last_ns = book, ns

    def _label(self, book: BookSnapshot, delay: int, asked: Probe, due_ns: int, shown: T) -> None:
        try:
            label, is_held = slippage_now(book, asked.signs, asked.sizes, asked.mid)
        except BookNotReady:
            self.counts["discarded"] += len(asked.sizes)
            return
        self.counts["beyond"] += int(np.count_nonzero(~is_held))
        self._add(Settled(delay, asked, np.where(is_held, label, np.nan), due_ns, shown))

    def _add(self, settled: Settled[T]) -> None:
        if len(self._ready) == READY_LIMIT:
            self.counts["dropped"] += 1
        self._ready.append(settled)
        self.counts["settled"] += int(np.count_nonzero(~np.isnan(settled.label)))


def _sigma() -> EwmaVolatility:
    return EwmaVolatility(SIGMA_HALF_LIFE_S, SIGMA_STEP_S, min_s=SIGMA_LEAST_S)
