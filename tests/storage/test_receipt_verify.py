import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog import STYLES
from models.estimate import estimate
from storage import receipt as receipts
from storage.command_line import DONE
from storage.errors import ReceiptBroken
from storage.receipt import Receipt
from storage.receipt_file import from_file, to_file
from storage.receipt_verify import verify
from storage.store import Store
from storage.verify_command import EQUAL, NOT_EQUAL, add_verify
from tests import builders
from tests.storage.samples import pairs, sample


def made(version: str = "1", **changed: object) -> Receipt:
    priced, state = sample(**changed)
    return receipts.make(priced, state, code_version=version, created_ns=builders.NOW_NS)


def stored(receipt: Receipt) -> Receipt:
    """As it comes back from text."""
    body = receipts.encode(receipt)
    return receipts.decode(body, receipts.digest(body))


@pytest.mark.parametrize("style", STYLES)
def test_every_order_type_comes_out_again_bit_for_bit(style: str) -> None:
    levels = [(100.1 + i / 10, 5.0) for i in range(20)]
    book = builders.book([(100 - i / 10, 5.0) for i in range(20)], levels)
    state = builders.state(book, hour_volumes=(1 / 168,) * 168)
    request = builders.request(6.0, style=style, parameters={"fok.ticks": 100.0})
    receipt = receipts.make(
        estimate(request, state), state, code_version="1", created_ns=builders.NOW_NS
    )
    verdict = verify(stored(receipt), "1")
    assert verdict.is_equal, verdict.differences


def test_another_version_that_computes_the_same_says_so() -> None:
    verdict = verify(stored(made("1")), "2")
    assert verdict.is_equal
    assert verdict.sentence == "Saved by Fathom 1, computed again by 2: equal bit for bit."


def test_what_differs_is_named_with_both_values() -> None:
    receipt = made()
    changed = replace(receipt, estimate=replace(receipt.estimate, total_bps=1.5))
    verdict = verify(stored(changed), "1")
    assert [(d.field, d.saved, d.now) for d in verdict.differences] == [
        ("total_bps", "1.5", str(receipt.estimate.total_bps))
    ]
    assert verdict.sentence == "Computed again: 1 field differs."


def test_the_last_bit_counts() -> None:
    receipt = made()
    total = receipt.estimate.total_bps
    nearly = replace(receipt.estimate, total_bps=total * (1 + 2**-52))
    assert nearly.total_bps != total
    assert not verify(stored(replace(receipt, estimate=nearly)), "1").is_equal


def test_another_book_than_the_one_that_was_priced_is_noticed() -> None:
    receipt, other = made(), builders.state(builders.book(asks=[(102.0, 50.0)]))
    verdict = verify(stored(replace(receipt, state=other)), "1")
    assert "fill.average" in {difference.field for difference in verdict.differences}


def test_a_parameter_whose_default_moved_is_named() -> None:
    receipt = made()
    older = {name: dict(values) for name, values in receipt.models.items()}
    older["square_root"]["square_root.y"] = 0.5
    verdict = verify(stored(replace(receipt, models=older)), "1")
    assert [difference.field for difference in verdict.differences] == [
        "models.square_root.square_root.y"
    ]


def test_a_receipt_that_cannot_be_priced_any_more_says_why() -> None:
    receipt = made()
    request = replace(receipt.request, recipe="gone")
    verdict = verify(
        stored(replace(receipt, estimate=replace(receipt.estimate, request=request))), "2"
    )
    assert not verdict.is_equal
    assert "cannot compute it again" in verdict.sentence and "gone" in verdict.sentence


@given(pair=pairs())
@settings(max_examples=40)
def test_any_receipt_survives_its_file(pair) -> None:
    receipt = receipts.make(*pair, code_version="1", created_ns=1)
    body = receipts.encode(receipt)
    found = from_file(to_file(body))
    assert found.receipt.estimate == receipt.estimate
    assert found.sha256 == receipts.digest(body)


def test_a_receipt_file_is_json_that_others_can_read() -> None:
    content = json.loads(to_file(receipts.encode(made())))
    assert content["receipt"]["estimate"]["instrument"]["venue_symbol"] == "BTC-USDT"


WHOLE = to_file(receipts.encode(made()))


@given(at=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
@settings(max_examples=300)
def test_a_changed_byte_anywhere_is_noticed(at: int, byte: int) -> None:
    changed = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    if changed == WHOLE:
        return
    with pytest.raises(ReceiptBroken):
        from_file(changed)


@pytest.mark.parametrize(
    "content", [b"", b"{}", WHOLE[:-1], WHOLE + b"\n", WHOLE[1:], b"\xff" * 500]
)
def test_what_is_no_receipt_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptBroken):
        from_file(content)


def test_a_huge_file_is_refused_by_its_size() -> None:
    with pytest.raises(ReceiptBroken, match="at most"):
        from_file(b"x" * (16 << 20 | 1))


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
async def kept(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url, code_version="1") as store:
        await store.estimates.save(*sample())
        yield store


def ask(url: str, *arguments: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    add_verify(url, "1")(parser.add_subparsers())
    options = parser.parse_args(["verify", *arguments])
    done: int = options.command(options)
    return done


@pytest.mark.usefixtures("kept")
async def test_the_command_reads_a_number_beside_an_open_history(url: str, capsys) -> None:
    assert ask(url, "1") == EQUAL == DONE
    assert capsys.readouterr().out == "Computed again: equal bit for bit.\n"


@pytest.mark.usefixtures("kept")
async def test_the_command_says_that_a_number_is_unknown(url: str, capsys) -> None:
    assert ask(url, "7") == NOT_EQUAL
    assert "no saved estimate 7" in capsys.readouterr().err


def test_the_command_needs_no_database_for_a_file(tmp_path: Path, capsys) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(WHOLE)
    assert ask(f"sqlite:///{tmp_path}/none.db", str(file), "--json") == EQUAL
    assert json.loads(capsys.readouterr().out)["is_equal"] is True
    assert not (tmp_path / "none.db").exists()


def test_the_command_tells_a_changed_file(tmp_path: Path, capsys) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(WHOLE.replace(b'"buy"', b'"bux"', 1))
    assert ask("sqlite:////nowhere.db", str(file)) == NOT_EQUAL
    assert "changed after it was saved" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.json", "3"])
def test_the_command_says_what_is_not_there(tmp_path: Path, name: str, capsys) -> None:
    assert ask(f"sqlite:///{tmp_path}/none.db", str(name)) == NOT_EQUAL
    assert capsys.readouterr().err.startswith("fathom: ")
