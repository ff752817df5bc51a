"""One tab: its ticket, the market it follows, and what the two give.

Nothing here is shared with another tab but the services. The task `run` moves from market to
market as the ticket changes; the publisher asks `quote` ten times a second.
"""

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum

from engine.errors import FeedError
from engine.hub import MarketKey
from engine.quoter import Quote
from market.errors import OrderError
from market.fee_schedule import FeeSchedule
from market.instrument import Instrument
from market.trade import Trade
from models.base import Absent, CostComponent, MarketState, Request, Source
from models.catalog import recipe_for
from models.comparison import Way
from models.fee_schedules import CUSTOM, schedule
from models.impact.range import ImpactRange
from models.parameters import configured
from models.scoring.quotes import QuoteScore
from models.sensitivity import Swing
from models.size_curve import SizeCurve
from models.slippage.learned import LearnedSlippage
from webapp import format as fmt
from webapp.beside import Beside
from webapp.services import Services
from webapp.ticket import AUTO, PARAMETERS, Reading, Ticket, field_of, read
from webapp.typed_number import parse
from webapp.watching import Elsewhere

FIRST_RETRY_S, LONGEST_RETRY_S = 2.0, 30.0
POLL_S = 0.2
NUDGE = 1.1
"""One press makes a size so much larger or smaller."""

CCXT = "ccxt:"
"""How a venue is named that the catalogue does not list; opening it says whether it is there."""

NOTHING = Reading(request=None, problems={})


class Phase(StrEnum):
    """Where a tab stands with its market."""

    CHOOSING = "choosing"
    OPENING = "opening"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"


class Session:
    """What one tab looks at."""

    def __init__(self, services: Services, ticket: Ticket) -> None:
        self._services = services
        self.ticket = ticket
        self.phase = Phase.CHOOSING
        self.why = services.start.reason
        """For the user, while there is no market."""
        self.key: MarketKey | None = None
        """The market that is held now."""
        self.instrument: Instrument | None = None
        self.instruments: Mapping[str, Instrument] = {}
        """All that can be chosen there."""
        self.schedule: FeeSchedule | None = None
        self.reading = NOTHING
        self.market_problems: dict[str, str] = {}
        """By field, from the market rather than from the typing."""
        self.last: Quote | None = None
        """What the page shows now."""
        self.score: QuoteScore | None = None
        """How quotes like the last one have done; None: not scored yet."""
        self.ways: tuple[Way, ...] = ()
        """The order priced in other ways, a second ago at most."""
        self.swings: tuple[Swing, ...] = ()
        self.opinions: ImpactRange | None = None
        self.curve: SizeCurve | None = None
        """What other sizes of the order would cost, a few seconds ago at most."""
        self.elsewhere: tuple[Elsewhere, ...] = ()
        """The order on every followed market, the best first."""
        self.beside: tuple[Beside, ...] = ()
        """The tickets of this tab, this one among them, where there are several."""
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after rare changes: market, phase, problems. Gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def can_save(self) -> bool:
        """Whether there is a number now."""
        return self.last is not None and self.last.estimate is not None

    def part(self, kind: str) -> CostComponent | Absent | None:
        """One part of the cost that is shown now, or why it is missing."""
        if self.last is None or self.last.estimate is None:
            return None
        parts: tuple[CostComponent | Absent, ...] = (
            *self.last.estimate.components,
            *self.last.estimate.absent,
        )
        return next((part for part in parts if part.kind == kind), None)

    @property
    def problems(self) -> dict[str, str]:
        """By field of the ticket: what is wrong and what is allowed."""
        return {**self.market_problems, **self.reading.problems}

    def edited(self) -> None:
        """The user changed the ticket."""
        if not self.ticket.source and self._services.start.chosen is not None:
            self._adopt(self._services.start.chosen)
        self._spell()
        if self._key_of_ticket() != self.key:
            self.last = None
            self._changed.set()
        self._read()
        self._tell()

    def _spell(self) -> None:
        """Put right what can only have been meant one way: venue of a source, case of a symbol."""
        ticket = self.ticket
        offered = self._services.runner.sources.offered()
        venues = offered.get(Source(ticket.source), ()) if ticket.source else ()
        is_named = ticket.source == Source.LIVE and ticket.venue.startswith(CCXT)
        if venues and ticket.venue not in venues and not is_named:
            ticket.venue = venues[0]
        wanted = ticket.instrument.strip().upper()
        near = [symbol for symbol in self.instruments if wanted in symbol.upper()]
        if wanted in near:
            near = [wanted]
        if len(near) == 1 and ticket.instrument != near[0]:
            ticket.instrument = near[0]

    def choose(self, key: MarketKey) -> None:
        """Go to another market with the same order."""
        ticket = self.ticket
        ticket.source, ticket.venue, ticket.instrument = key.source.value, key.venue, key.symbol
        self.edited()

    def reopen(self, key: MarketKey) -> None:
        """Go to a market of another recording, which may be called as the one of now."""
        self.close()
        self.choose(key)

    def press(self, key: str) -> None:
        """What a key does to the order; a size that is no number is left alone."""
        ticket = self.ticket
        if key in ("b", "s"):
            ticket.side = "buy" if key == "b" else "sell"
        elif key == " ":
            ticket.running = "no" if ticket.is_running else "yes"
        elif key in ("+", "-"):
            factor = NUDGE if key == "+" else 1 / NUDGE
            try:
                wanted = parse(ticket.quantity, "quantity", "") * factor
            except OrderError:
                return
            ticket.quantity = fmt.typed(float(f"{wanted:.4g}"))
        self.edited()

    def order_as(self, request: Request) -> None:
        """The same order with the order type, the recipe and the parameters of a request."""
        is_fitting = request.recipe == recipe_for(request.style)
        self.ticket.style, self.ticket.impact = request.style, request.impact
        self.ticket.recipe = AUTO if is_fitting else request.recipe
        for key, value in request.parameters.items():
            is_default = value == PARAMETERS[key].default
            self.ticket.type_parameter(key, "" if is_default else fmt.typed(value))
        self.edited()

    def load(self, ticket: Ticket) -> None:
        """Put another ticket in this one's place, as when a link is followed."""
        self.ticket.take(ticket)
        self.edited()

    def quote(self) -> Quote | None:
        """Price the ticket on the newest book; None while there is nothing to price."""
        before = self.can_save, self.market_problems
        if self.key is None or self.reading.request is None:
            self.last = None
        else:
            self.last = self._services.quoter.quote(self.key, self.reading.request)
            wrong = self.last.field
            at = field_of(wrong, style=self.ticket.style)
            self.market_problems = {at: self.last.refusal} if wrong else {}
            if self.last.estimate is not None:
                self._services.scoreboard.show(self.key, self.last.estimate, id(self))
                self.score = self._services.scoreboard.like(self.last.estimate)
                self._services.trainer.asked(self.key, self.last.estimate.notional)
        if (self.can_save, self.market_problems) != before:
            self._tell()
        return self.last

    def state(self) -> MarketState | None:
        """The market that is held now; None while there is none."""
        return self._services.hub.state(self.key) if self.key else None

    def last_trade(self) -> Trade | None:
        """Its newest print."""
        return self._services.hub.last_trade(self.key) if self.key else None

    def size_to(self, amount: float) -> None:
        """Type that size."""
        self.ticket.quantity = fmt.typed(amount)
        self.edited()

    def learning(self) -> str:
        """What the learned recipe waits for on this market; empty when it gives a number."""
        state = self.last.state if self.last is not None else None
        if state is None:
            return ""
        typed = self.reading.request.parameters if self.reading.request else {}
        return configured(LearnedSlippage, typed).missing(state)

    async def run(self) -> None:
        """Follow what the ticket names, for ever."""
        pause_s = FIRST_RETRY_S
        try:
            while True:
                self._changed.clear()
                await self._choose()
                wanted = self._key_of_ticket()
                is_settled = self._holds(wanted) or await self._move(wanted)
                pause_s = FIRST_RETRY_S if is_settled else min(2 * pause_s, LONGEST_RETRY_S)
                await self._wait(None if is_settled else pause_s)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the market, and of the number that stood on it."""
        if self.key is not None:
            self._services.runner.release(self.key)
        self.key = self.last = None

    async def _choose(self) -> None:
        """Wait until the start knows which source a fresh page shows."""
        while not self.ticket.source:
            chosen = self._services.start.chosen
            if chosen is not None:
                self._adopt(chosen)
                return
            await asyncio.sleep(POLL_S)

    def _adopt(self, chosen: MarketKey) -> None:
        ticket = self.ticket
        ticket.source = chosen.source.value
        ticket.venue = ticket.venue or chosen.venue
        ticket.instrument = ticket.instrument or chosen.symbol

    def _key_of_ticket(self) -> MarketKey | None:
        ticket = self.ticket
        if not ticket.is_running or not ticket.source:
            return None
        return MarketKey(Source(ticket.source), ticket.venue, ticket.instrument)

    def _holds(self, wanted: MarketKey | None) -> bool:
        return wanted is not None and wanted == self.key

    async def _move(self, wanted: MarketKey | None) -> bool:
        """Let go of one market and hold another; False when that should be tried again."""
        self.close()
        self.market_problems = {}
        if wanted is None:
            self._set(Phase.STOPPED, "Stopped. Press Start to price this order.")
            return True
        self._set(Phase.OPENING, f"Opening {wanted.symbol} at {wanted.venue} ({wanted.source}) …")
        runner = self._services.runner
        try:
            self.instruments = await runner.instruments(wanted.source, wanted.venue)
            self.instrument = await runner.hold(wanted)
        except OrderError as error:
            self.market_problems = {"instrument": f"{error.problem}; {error.allowed}"}
            self._set(Phase.FAILED, str(error))
            return True
        except FeedError as error:
            self._set(Phase.FAILED, f"{wanted.venue} ({wanted.source}) cannot be reached: {error}")
            return error.is_final
        self.key = wanted
        self._take_schedule(self.schedule_of(self.instrument))
        self._read()
        self._set(Phase.RUNNING, "")
        return True

    def _take_schedule(self, found: FeeSchedule | None) -> None:
        """A tier belongs to its venue: one of the same name elsewhere was not earned there."""
        is_elsewhere = self.schedule and found and self.schedule.venue != found.venue
        if is_elsewhere and self.ticket.tier != CUSTOM:
            self.ticket.tier = ""
        self.schedule = found

    def schedule_of(self, instrument: Instrument) -> FeeSchedule | None:
        """What a market charges: the user's own schedule, or the published one; None if neither."""
        try:
            return schedule(instrument.venue, instrument.product, self._services.own_fees)
        except OrderError:
            return None

    def _read(self) -> None:
        if self.instrument is not None:
            reading = read(self.ticket, self.instrument, self.schedule)
            if reading != self.reading:
                self.reading, self.last = reading, None
                self._tell()

    def _set(self, phase: Phase, why: str) -> None:
        self.phase, self.why = phase, why
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
