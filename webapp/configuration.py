"""What a saved ticket or workspace may hold, and the way between that and JSON.

A key that is not known is refused by name, as is a value that a field does not take: what is loaded
is exactly what was saved. Numbers are judged at their fields, as when they are typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from webapp.ticket import Ticket, from_link, to_link

TICKET, WORKSPACE = "ticket", "workspace"
KINDS = (TICKET, WORKSPACE)
MOST_TICKETS = 20
LONGEST_NAME = 120

Body = Mapping[str, Any]
T = TypeVar("T")


class _TicketBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    ticket: dict[str, str]


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How pages look."""

    dark: bool


class _WorkspaceBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    tickets: dict[str, dict[str, str]]
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Several tickets by name, and how pages look."""

    tickets: Mapping[str, Ticket]
    settings: Settings


def ticket_body(ticket: Ticket) -> dict[str, Any]:
    """A ticket to be kept: what differs from an untouched one."""
    return {"ticket": to_link(ticket)}


def read_ticket(body: Body) -> Ticket:
    """The ticket of a body; ValueError names what is wrong with it."""
    return _ticket("ticket", _shaped(body, _TicketBody).ticket)


def workspace_body(workspace: Workspace) -> dict[str, Any]:
    """A workspace to be kept."""
    return {
        "tickets": {name: to_link(ticket) for name, ticket in workspace.tickets.items()},
        "settings": msgspec.to_builtins(workspace.settings),
    }


def read_workspace(body: Body) -> Workspace:
    """The workspace of a body; ValueError names what is wrong with it."""
    shaped = _shaped(body, _WorkspaceBody)
    if not 1 <= len(shaped.tickets) <= MOST_TICKETS:
        raise ValueError(f"tickets: {len(shaped.tickets)}; allowed: 1 to {MOST_TICKETS}")
    for name in shaped.tickets:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise ValueError(f"tickets: the name of one; allowed: 1 to {LONGEST_NAME} characters")
    tickets = {name: _ticket(f"tickets.{name}", shaped.tickets[name]) for name in shaped.tickets}
    return Workspace(tickets=tickets, settings=shaped.settings)


def check(kind: str, body: Body) -> Body:
    """The body to be kept; ValueError for a kind or a body that cannot be meant."""
    if kind == TICKET:
        return ticket_body(read_ticket(body))
    if kind == WORKSPACE:
        return workspace_body(read_workspace(body))
    raise ValueError(f"kind: {kind[:40]!r}; allowed: {', '.join(KINDS)}")


def _shaped(body: Body, shape: type[T]) -> T:
    try:
        return msgspec.convert(dict(body), shape, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _ticket(where: str, values: Mapping[str, str]) -> Ticket:
    ticket, refused = from_link(values)
    if refused:
        raise ValueError(f"{where}: {' '.join(refused).replace('The link', 'It')}")
    return ticket
