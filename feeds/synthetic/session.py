"""One connection's conversation: requests in, answers out. No socket and no clock in this file.

Failures are told by number, as OKX's documentation lists them:
60012 not understood, 60013 wrong args, 60014 too many requests, 60018 no such channel or
instrument, 60019 unknown op, 60028 op not allowed here, 60033 wrong parameter, 64001 belongs on
/business, 64002 does not belong on /business, 64003 fee tier too low, 64004 conflicting books.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from feeds.synthetic.channels import PUBLIC_CHANNELS

REQUESTS_PER_HOUR: Final = 480
HOUR_S: Final = 3_600.0
ID_LENGTH: Final = 32
TIER_CHANNELS: Final = frozenset({"books-l2-tbt", "books50-l2-tbt"})
BUSINESS_PREFIXES: Final = ("candle", "mark-price-candle", "index-candle", "trades-all")
PUBLIC_PATH: Final = "/ws/v5/public"
BUSINESS_PATH: Final = "/ws/v5/business"


class Topic(NamedTuple):
    """What can be subscribed to."""

    channel: str
    inst_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What this exchange allows."""

    instruments: Collection[str]
    vip: bool = False
    requests_per_hour: int = REQUESTS_PER_HOUR


class Answer(NamedTuple):
    """Text to send, and the subscription it opens or closes (at most one of them)."""

    text: str
    opened: Topic | None = None
    closed: Topic | None = None


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


Refuse = Callable[[Topic], str | None]  # an error code for a topic that must fail now


class Session:
    """State of one connection: its topics and its recent requests."""

    def __init__(self, conn_id: str, path: str, rules: Rules, refuse: Refuse) -> None:
        self.conn_id = conn_id
        self.topics: set[Topic] = set()
        self._path = path
        self._rules = rules
        self._refuse = refuse
        self._requests: deque[float] = deque(maxlen=rules.requests_per_hour)

    def receive(self, text: str | bytes, now_s: float) -> list[Answer]:
        """Answers to one frame, in order: one for each arg of a subscription."""
        if text in ("ping", b"ping"):
            return [Answer("pong")]
        request_id: str | None = None
        try:
            request = self._parse(text)
            request_id = self._request_id(request)
            op, args = self._check(request, now_s)
        except Refusal as refusal:
            return [Answer(self._error(refusal, request_id))]
        act = self._subscribe if op == "subscribe" else self._unsubscribe
        answers = []
        for arg in args:
            try:
                answers.append(act(self._topic(arg), request_id))
            except Refusal as refusal:
                answers.append(Answer(self._error(refusal, request_id)))
        return answers

    # -- reading a request ----------------------------------------------------------------------

    def _parse(self, text: str | bytes) -> dict[str, object]:
        try:
            request = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal("60012", f"Invalid request: {text[:80]!r}") from None
        if not isinstance(request, dict) or "op" not in request:
            raise Refusal("60012", f"Invalid request: {text[:80]!r}")
        return request

    def _request_id(self, request: dict[str, object]) -> str | None:
        value = request.get("id")
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > ID_LENGTH or not value.isalnum():
            raise Refusal("60033", "Parameter id error")
        return value

    def _check(self, request: dict[str, object], now_s: float) -> tuple[str, list[object]]:
        op = request["op"]
        if op == "login":
            raise Refusal("60028", "login is not available on this path")
        if op not in ("subscribe", "unsubscribe"):
            code = "60012" if op == "ping" else "60019"
            raise Refusal(code, f"Invalid op: {op!r}")
        self._count_request(now_s)
        args = request.get("args")
        if not isinstance(args, list) or not args:
            raise Refusal("60013", "Invalid args")
        return str(op), args

    def _count_request(self, now_s: float) -> None:
        requests = self._requests
        if len(requests) == requests.maxlen and now_s - requests[0] < HOUR_S:
            raise Refusal("60014", "Requests too frequent")
        requests.append(now_s)

    def _topic(self, arg: object) -> Topic:
        if not isinstance(arg, dict):
            raise Refusal("60013", "Invalid args")
        channel, inst_id = arg.get("channel"), arg.get("instId")
        if not isinstance(channel, str) or not isinstance(inst_id, str):
            raise Refusal("60013", "Invalid args")
        self._check_path(channel)
        if channel not in PUBLIC_CHANNELS or inst_id not in self._rules.instruments:
            raise Refusal(
                "60018", f"Wrong URL or channel:{channel},instId:{inst_id} doesn't exist."
            )
        return Topic(channel, inst_id)

    def _check_path(self, channel: str) -> None:
        is_business = channel.startswith(BUSINESS_PREFIXES)
        if is_business and self._path == PUBLIC_PATH:
            raise Refusal("64001", f"Channel {channel} is on {BUSINESS_PATH}")
        if channel in PUBLIC_CHANNELS and self._path == BUSINESS_PATH:
            raise Refusal("64002", f"Channel {channel} is not on {BUSINESS_PATH}")

    # -- acting on it ---------------------------------------------------------------------------

    def _subscribe(self, topic: Topic, request_id: str | None) -> Answer:
        if code := self._refuse(topic):
            raise Refusal(code, f"{topic.channel} of {topic.inst_id} refused")
        if topic.channel in TIER_CHANNELS and not self._rules.vip:
            raise Refusal("64003", f"Your trading fee tier does not allow {topic.channel}")
        self._check_conflict(topic)
        is_new = topic not in self.topics
        self.topics.add(topic)
        text = self._acknowledge("subscribe", topic, request_id)
        return Answer(text, opened=topic if is_new else None)

    def _check_conflict(self, topic: Topic) -> None:
        """books-l2-tbt excludes the two shallower linked books of the same instrument."""
        full, others = "books-l2-tbt", ("books", "books50-l2-tbt")
        rivals = others if topic.channel == full else (full,) if topic.channel in others else ()
        for rival in rivals:
            if Topic(rival, topic.inst_id) in self.topics:
                raise Refusal("64004", f"{topic.channel} conflicts with {rival}")

    def _unsubscribe(self, topic: Topic, request_id: str | None) -> Answer:
        was_open = topic in self.topics
        self.topics.discard(topic)
        text = self._acknowledge("unsubscribe", topic, request_id)
        return Answer(text, closed=topic if was_open else None)

    def _acknowledge(self, event: str, topic: Topic, request_id: str | None) -> str:
        arg = {"channel": topic.channel, "instId": topic.inst_id}
        return self._text({"event": event, "arg": arg, "connId": self.conn_id}, request_id)

    def _error(self, refusal: Refusal, request_id: str | None) -> str:
        event = {"event": "error", "code": refusal.code, "msg": str(refusal)}
        return self._text({**event, "connId": self.conn_id}, request_id)

    def _text(self, event: dict[str, object], request_id: str | None) -> str:
        named = {"id": request_id, **event} if request_id is not None else event
        return msgspec.json.encode(named).decode()
