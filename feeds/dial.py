"""Open one client socket to a venue. The only place that does.

Errors say what the user can do: a region that is blocked is told from a host that is not there.
"""

import logging
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from feeds.backoff import Pace
from feeds.base import Unavailable, Venue
from feeds.rest import REGION_BLOCKED, REGION_STATUSES, USER_AGENT, is_loopback

log = logging.getLogger("feeds.connection")

FRAME_QUEUE: Final = 256
"""Frames read ahead of us before the socket is told to wait."""


async def dial(url: str, venue: Venue, pace: Pace) -> ClientConnection:
    """A socket after its handshake. Raises Unavailable."""
    is_local = is_loopback(url)
    try:
        return await connect(
            url,
            user_agent_header=USER_AGENT,
            compression=None if is_local else "deflate",
            proxy=None if is_local else True,
            open_timeout=pace.open_s,
            close_timeout=pace.close_s,
            ping_interval=None if venue.ping_text else venue.ping_after_s,
            ping_timeout=venue.ping_after_s,
            max_size=venue.max_frame_bytes,
            max_queue=FRAME_QUEUE,
            logger=log,
        )
    except (OSError, EOFError, WebSocketException) as error:
        # TimeoutError, no such host and everything TLS are OSErrors.
        raise Unavailable(_why_unreachable(url, error)) from error


def _why_unreachable(url: str, error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in REGION_STATUSES:
            return f"{url} {REGION_BLOCKED.format(status=status)}"
        return f"{url} refused the connection (HTTP {status})"
    return f"{url} cannot be reached: {str(error) or type(error).__name__}"
