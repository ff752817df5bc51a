"""Without numba the plain twins stand in."""

import importlib.util
import sys

import market.compiled


def test_without_numba_the_twin_is_what_runs(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    spec = importlib.util.spec_from_file_location("compiled_alone", market.compiled.__file__)
    alone = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alone)

    def twin(x):
        return x + 1

    @alone.compiled(twin)
    def kernel(x):
        return x + 2

    assert alone.HAS_NUMBA is False
    assert kernel is twin
