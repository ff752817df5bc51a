"""Everyone who can do the job of a tick. What cannot be imported is named, not failed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.contenders.base import Contender
from benchmarks.contenders.fathom import Fathom
from benchmarks.contenders.s1 import BatchedS1, SimulatorS1
from benchmarks.contenders.sorted_lists import SortedLists
from benchmarks.frames import Frames
from benchmarks.workloads import ladder_of

OPTIONAL = {
    "ccxt": ("benchmarks.contenders.ccxt_book", "CcxtBook"),
    "nautilus_trader": ("benchmarks.contenders.nautilus_book", "NautilusBook"),
}


def contenders(frames: Frames) -> tuple[list[Contender], list[str]]:
    """(all that could be built, ours first; names of those that are not installed)"""
    work = ladder_of(frames)
    built: list[Contender] = [Fathom(work, frames.instrument), SortedLists(work)]
    built += [SimulatorS1(work), BatchedS1(work)]
    missing: list[str] = []
    for name, (module, member) in OPTIONAL.items():
        build = optional(module, member)
        if build is None:
            missing.append(name)
        else:
            built.append(build(work))
    return built, missing


def optional(module: str, member: str) -> Callable[..., Any] | None:
    """A class of a module that needs a package which may not be there."""
    try:
        found: Callable[..., Any] = getattr(import_module(module), member)
    except ImportError:
        return None
    return found
