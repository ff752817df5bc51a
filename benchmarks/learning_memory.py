"""`python -m benchmarks.learning_memory [orders]`: does learning's memory stay flat?

A million probe orders by default, on a made-up tape of ten books a second, through everything that
a market does: probes, labels at two delays, marks, bands, all four models. Prints the process's
resident memory on the way, and what one probe takes of the loop that applies books.
"""

import sys
import time

import numpy as np
import psutil

from market.book import BookSnapshot
from market.units import NS_PER_S
from models.learning.collector import Collector
from models.learning.market_learning import MarketLearning
from models.learning.spec import NOW, LearningSpec

ORDERS = 1_000_000
PER_BOOK = 8
SPEC = LearningSpec(delays_ns=(NOW, NS_PER_S), heavy_refit_s=1200.0)
LEVELS = 400


def main() -> None:
    """Learn, and say how much memory it took."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    books, process = orders // PER_BOOK, psutil.Process()
    learning = MarketLearning(SPEC)
    collector = Collector(SPEC, learning.publication())
    taken: list[int] = []
    before: BookSnapshot | None = None
    random, mid = np.random.default_rng(0), 60_000.0
    for i in range(books):
        ns = (i + 1) * 100_000_000
        if before is not None:
            began = time.perf_counter_ns()
            collector.advance(before, ns)
            taken.append(time.perf_counter_ns() - began)
        mid *= 1 + 1e-5 * random.standard_normal()
        before = made(mid, ns, random)
        if i % 10 == 0 and (settled := collector.fetch()):
            collector.shown = learning.process(settled)
        if i % (books // 10) == 0:
            asked = collector.counts["settled"] // len(SPEC.delays_ns)
            print(f"{asked:>9,} orders  {process.memory_info().rss / 2**20:.0f} MiB", flush=True)
    p50, p99 = np.percentile(taken, (50, 99)) / 1e6
    worst = max(taken) / 1e6
    print(f"one book and its probes: p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {worst:.1f} ms")


def made(mid: float, ns: int, random: np.random.Generator) -> BookSnapshot:
    """A book of 400 levels a side with random sizes."""
    steps = np.arange(LEVELS) + 0.5
    return BookSnapshot(
        symbol="made-up",
        bid_prices=mid - 0.1 * steps,
        bid_sizes=random.gamma(1.0, 1.0, LEVELS),
        ask_prices=mid + 0.1 * steps,
        ask_sizes=random.gamma(1.0, 1.0, LEVELS),
        seq=ns,
        event_ns=ns,
        recv_ns=ns,
    )


if __name__ == "__main__":
    main()
