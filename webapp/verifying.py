"""Computes a saved estimate again, away from the event loop."""

import asyncio

from storage.receipt_verify import Verdict, verify
from webapp.services import Services


async def verify_saved(services: Services, number: int) -> Verdict:
    """The verdict on one estimate of the history; a StorageError where there is none to judge."""
    receipt = await services.store.estimates.receipt(number)
    return await asyncio.to_thread(verify, receipt, services.version)
