"""A receipt as a file that stands for itself: checked and computed again without a database.

    {"fathom_receipt":1,"receipt":<canonical JSON>,"sha256":"<of the bytes of receipt>"}\\n

The file has exactly this form, so a changed byte anywhere is noticed: inside the receipt by the
hash, around it by the form. The hash is no signature: who writes a new hash has written a new
receipt. Compare it with the one in the history to know that it is the same.
"""

import re
from dataclasses import dataclass

from storage import receipt as receipts
from storage.errors import ReceiptBroken
from storage.receipt import Receipt

HEAD = b'{"fathom_receipt":1,"receipt":'
MIDDLE = b',"sha256":"'
TAIL = b'"}\n'
HASH = re.compile(rb"[0-9a-f]{64}")
LARGEST = 16 << 20
"""Bytes; a book of 5,000 levels a side takes a fiftieth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """What a file holds, checked against its own hash."""

    receipt: Receipt
    sha256: str


def to_file(body: str) -> bytes:
    """The file of a receipt that was encoded."""
    digest = receipts.digest(body).encode()
    return b"".join((HEAD, body.encode(), MIDDLE, digest, TAIL))


def from_file(content: bytes) -> ReceiptFile:
    """The receipt in a file, or ReceiptBroken where a byte of it is not as it was written."""
    if len(content) > LARGEST:
        raise ReceiptBroken(f"This file has {len(content):,} bytes; at most {LARGEST:,}.")
    start, end = len(HEAD), len(content) - len(TAIL) - 64 - len(MIDDLE)
    digest = content[-len(TAIL) - 64 : -len(TAIL)]
    has_form = (
        end > start
        and content.startswith(HEAD)
        and content[end : end + len(MIDDLE)] == MIDDLE
        and content.endswith(TAIL)
        and HASH.fullmatch(digest) is not None
    )
    if not has_form:
        raise ReceiptBroken(
            "This is not a receipt as Fathom writes it, or it was changed: even a space counts."
        )
    try:
        body = content[start:end].decode()
    except UnicodeDecodeError as error:
        raise ReceiptBroken(f"This receipt cannot be read: {error}.") from error
    found = receipts.decode(body, digest.decode())
    return ReceiptFile(receipt=found, sha256=digest.decode())
