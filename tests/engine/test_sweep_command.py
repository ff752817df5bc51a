"""`python main.py sweep FILE.json`: the same table as in a notebook, in a file."""

import pyarrow.parquet as pq
import pytest

from engine.command_line import run
from engine.sweeps.command import add_sweep
from engine.sweeps.run import Budget
from models.base import Source
from models.sweep import Frozen, Linear, Market, to_json
from models.sweep.declaration import changed
from models.sweep.table import swept
from tests.engine.sweep_runs import QUICK

BTC = Market(Source.DEMO, "okx", "BTC-USDT")


@pytest.fixture
def command(tmp_path):
    """Run the command on a declaration; the exit code."""

    def called(sweep, *arguments):
        file = tmp_path / "declared.json"
        file.write_bytes(to_json(sweep))
        add = add_sweep(tmp_path, workers=1, scheduler="", budget=Budget(points=100_000))
        return run(["sweep", str(file), *arguments], tmp_path, [add])

    return called


def test_the_file_holds_the_table_of_the_notebook(command, tmp_path, capsys):
    assert command(QUICK) == 0
    assert pq.read_table(tmp_path / "declared.parquet").to_pylist() == swept(QUICK).to_pylist()
    assert "24 points" in capsys.readouterr().out


def test_a_dry_run_only_counts(command, tmp_path, capsys):
    assert command(QUICK, "--dry-run") == 0
    assert "24 points on 4 books" in capsys.readouterr().out
    assert not (tmp_path / "declared.parquet").exists()


@pytest.mark.parametrize(
    ("sweep", "told"),
    [
        (changed(QUICK, states=Frozen((BTC,))), "recorded or embedded"),
        (changed(QUICK, size=Linear(1.0, 2.0, 900_000)), "at most 100,000"),
        (changed(QUICK, recipes=("moon",)), "no 'moon'"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(command, tmp_path, capsys, sweep, told):
    assert command(sweep) == 1
    assert told in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["declared.json"]
