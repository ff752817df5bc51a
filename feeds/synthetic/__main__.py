"""Run the embedded exchange alone: ``python -m feeds.synthetic --port 9443 --seed 7 --rate 10``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from feeds.synthetic.exchange import Exchange
from feeds.synthetic.instruments import LISTED


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; 2 when it cannot start."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (OSError, ValueError) as problem:
        print(f"feeds.synthetic: {problem}", file=sys.stderr)
        return 2
    return 0


async def _serve(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    exchange = Exchange(
        seed=options.seed,
        rate_hz=options.rate,
        instruments=options.instruments,
        levels=options.levels,
        vip=options.vip,
        checksum=options.checksum,
    )
    await exchange.start(options.host, options.port)
    try:
        print(f"WebSocket  {exchange.ws_url}")
        print(f"REST       {exchange.rest_url}", flush=True)
        await stopped.wait()
    finally:
        await exchange.stop()
    print("stopped")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m feeds.synthetic", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=9443, help="0 picks a free one")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same market")
    parser.add_argument("--rate", type=float, default=10.0, help="updates a second, up to 1000")
    parser.add_argument("--levels", type=int, default=400, help="levels a side, up to 400")
    parser.add_argument("--vip", action="store_true", help="serve the tick-by-tick channels")
    parser.add_argument("--checksum", action="store_true", help="send the CRC retired in 2026")
    parser.add_argument(
        "--instruments",
        nargs="+",
        default=[instrument.inst_id for instrument in LISTED],
        metavar="ID",
        help="what to list (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
