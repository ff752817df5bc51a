"""numba where it is installed, the same function interpreted where it is not.

Every compiled kernel stands beside a plain twin that the tests hold equal, so a machine
without numba runs the twin: slower, same numbers.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

HAS_NUMBA = find_spec("numba") is not None

F = TypeVar("F", bound=Callable[..., Any])


def compiled(twin: Callable[..., Any]) -> Callable[[F], F]:
    """Compile the decorated kernel, or stand in `twin` (same arguments, same result)."""

    def decorate(kernel: F) -> F:
        if not HAS_NUMBA:
            return cast(F, twin)
        from numba import njit

        return cast(F, njit(cache=True, nogil=True)(kernel))

    return decorate
