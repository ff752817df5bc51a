"""`python -m benchmarks [name …] [--quick]`: measure, print, and write RESULTS.md.

Without names all of them run, and the page is written anew; a run of some replaces their sections
and says so there. A quick one is only printed.
Results are written as seen, also when a target is missed; that is no failure.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    bench_decode,
    bench_estimate,
    bench_growth,
    bench_paced,
    bench_page,
    bench_refit,
    bench_start,
    bench_storage,
    bench_sweep,
    bench_tabs,
    bench_tick,
    frames,
    machine,
)
from benchmarks.report import Section, page, terminal, with_sections

BENCHMARKS: dict[str, Callable[..., Section]] = {
    "tick": bench_tick.run,
    "paced": bench_paced.run,
    "decode": bench_decode.run,
    "estimate": bench_estimate.run,
    "refit": bench_refit.run,
    "growth": bench_growth.run,
    "start": bench_start.run,
    "storage": bench_storage.run,
    "sweep": bench_sweep.run,
    "page": bench_page.run,
    "tabs": bench_tabs.run,
}
RESULTS = Path(__file__).resolve().parent / "RESULTS.md"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test; the numbers mean little"
    )
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - BENCHMARKS.keys())
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    conditions = machine.describe()
    for what, value in conditions:
        print(f"{what}: {value}")
    bytes_in = frames.load()
    sections: list[Section] = []
    for name in chosen.names or BENCHMARKS:
        sections.append(BENCHMARKS[name](bytes_in, quick=chosen.quick))
        print(f"\n{terminal(sections[-1])}", flush=True)
    if chosen.quick:
        return
    if chosen.names:
        text = with_sections(RESULTS.read_text("utf-8"), conditions, sections)
    else:
        text = page(conditions, sections)
    RESULTS.write_text(text, encoding="utf-8")
    print(f"written to {RESULTS.name}")


if __name__ == "__main__":
    main()
