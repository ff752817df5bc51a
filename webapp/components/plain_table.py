"""A table of texts that does not move."""

from collections.abc import Sequence

from nicegui import ui


def plain_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], looks: Sequence[str] = ()
) -> ui.element:
    """Cells are text, never HTML; `looks` are the classes of the columns."""
    looks = looks or [""] * len(heads)
    with ui.element("table").classes("fm-table") as table:
        with ui.element("thead"), ui.element("tr"):
            for head, look in zip(heads, looks, strict=True):
                with ui.element("th").classes(look).props("scope=col"):
                    ui.label(head)
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for text, look in zip(row, looks, strict=True):
                        with ui.element("td").classes(look):
                            ui.label(text)
    return table
