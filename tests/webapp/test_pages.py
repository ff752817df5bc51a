"""The pages as a user without a browser sees them, on the real app with its demo exchange."""

import pytest
from nicegui import ui
from nicegui.testing import User

pytestmark = pytest.mark.usefixtures("demo_app")


async def priced(user: User) -> None:
    """Wait until an order has a price: then it can be saved."""
    save = next(iter(user.find("Save").elements))
    for _ in range(200):
        if save.enabled:
            return
        await user.should_see("Save", retries=1)
        await ui.context.client.connected() if False else None
        import asyncio

        await asyncio.sleep(0.05)
    raise AssertionError("no price")
