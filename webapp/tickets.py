"""Several tickets in one tab: the one on the desk, and others that keep their state beside it.

Each ticket has a session of its own that follows its market, so that all are priced at once and a
change between them is immediate. With one ticket there is no other session and no cost. The link of
the tab carries all of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from webapp.beside import Beside
from webapp.services import Services
from webapp.session import Session
from webapp.ticket import Ticket, from_link, to_link

MOST = 4
"""Tickets of a tab."""
LINKED = tuple(f"ticket{number}" for number in range(2, MOST + 1))
"""What a link calls those that are not on the desk."""
LONGEST_LINK = 1500


@dataclass(slots=True)
class _Slot:
    session: Session
    task: asyncio.Task[None]


class Tickets:
    """Those of one tab. Nothing is held beside the desk until a second one is added."""

    def __init__(self, services: Services, desk: Session, others: Sequence[Ticket] = ()) -> None:
        """`desk` is the session the page shows; `others` come from a link."""
        self._services, self.desk = services, desk
        self._slots: list[_Slot] = []
        self._at = 0
        """Which of the slots is on the desk."""
        self._waiting = list(others[: MOST - 1])

    @property
    def count(self) -> int:
        """How many there are, the one on the desk among them."""
        return max(1, len(self._slots))

    def begin(self) -> None:
        """Open what the link brought; once there is an event loop."""
        waiting, self._waiting = self._waiting, []
        if waiting and not self._slots:
            self._open(self.desk.ticket)
            for ticket in waiting:
                self._open(ticket)

    def add(self) -> None:
        """A copy of the ticket on the desk beside it, and on the desk from now on."""
        if self.count >= MOST:
            return
        if not self._slots:
            self._open(self.desk.ticket)
        self._keep()
        self._open(self.desk.ticket)
        self._at = len(self._slots) - 1
        self.desk.edited()
        self.update()

    def bring(self, number: int) -> None:
        """Put that ticket on the desk; the one that was there stays as it is."""
        if not 0 <= number < len(self._slots) or number == self._at:
            return
        self._keep()
        self._at = number
        self.desk.load(self._slots[number].session.ticket)
        self.update()

    def drop(self, number: int) -> None:
        """Close one; the last that is left is on the desk alone."""
        if not 0 <= number < len(self._slots):
            return
        if number == self._at:
            self.bring(number - 1 if number else 1)
        self._slots.pop(number).task.cancel()
        self._at -= number < self._at
        if len(self._slots) == 1:
            self.close()
        self.desk.edited()
        self.update()

    def update(self) -> None:
        """Price all of them anew for the page; called about once a second while it is seen."""
        if not self._slots:
            self.desk.beside = ()
            return
        self._keep()
        self.desk.beside = tuple(
            self._look(number, slot.session) for number, slot in enumerate(self._slots)
        )

    def close(self) -> None:
        """Let go of all that is beside the desk."""
        for slot in self._slots:
            slot.task.cancel()
        self._slots.clear()
        self._at = 0

    def links(self) -> dict[str, str]:
        """The tickets that are not on the desk, for the tab's link."""
        others = [slot.session.ticket for at, slot in enumerate(self._slots) if at != self._at]
        return {
            name: urlencode(to_link(ticket)) or "side=buy"
            for name, ticket in zip(LINKED, others or self._waiting, strict=False)
        }

    def _open(self, ticket: Ticket) -> None:
        copy = Ticket()
        copy.take(ticket)
        session = Session(self._services, copy)
        task = asyncio.create_task(session.run(), name="ticket beside")
        self._slots.append(_Slot(session, task))

    def _keep(self) -> None:
        """What is typed on the desk belongs to its slot."""
        slot = self._slots[self._at].session
        if slot.ticket.values() != self.desk.ticket.values():
            slot.load(self.desk.ticket)

    def _look(self, number: int, session: Session) -> Beside:
        is_on_desk = number == self._at
        shown = self.desk if is_on_desk else session
        quote = shown.last if is_on_desk else session.quote()
        ticket = shown.ticket
        priced = quote.estimate if quote else None
        why = (quote.refusal if quote else "") or shown.why or "; ".join(shown.problems.values())
        return Beside(
            number=number,
            is_on_desk=is_on_desk,
            side=ticket.side,
            what=f"{ticket.quantity[:24]} {ticket.instrument}",
            estimate=priced,
            why="" if priced else why or "waits for its market",
        )


def from_values(values: Mapping[str, str]) -> tuple[dict[str, str], list[Ticket], list[str]]:
    """The values of the first ticket, the other tickets of a link, and what was refused of them."""
    first = {name: value for name, value in values.items() if name not in LINKED}
    others: list[Ticket] = []
    refused: list[str] = []
    for name in LINKED:
        text = values.get(name, "")
        if not text:
            continue
        if len(text) > LONGEST_LINK:
            refused.append(f"The link sets {name} to more than {LONGEST_LINK} characters.")
            continue
        ticket, problems = from_link(dict(parse_qsl(text)))
        others.append(ticket)
        refused += problems
    return first, others, refused
