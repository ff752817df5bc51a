"""A button that lets the user choose a file.

Quasar's own uploader nests a file input in a link without a name, which a screen reader cannot tell
and a keyboard reaches twice. It works here unseen; what is seen is a plain button.
"""

from collections.abc import Callable
from typing import Any

from nicegui import ui


def file_button(
    label: str,
    on_upload: Callable[..., Any],
    *,
    accept: str = "",
    most: int,
    on_rejected: Callable[..., Any] | None = None,
    several: bool = False,
) -> ui.upload:
    """Build both and give the uploader.

    accept  endings a file may have, as in ".csv,.jsonl"; empty = any
    most    bytes; a larger file is told to `on_rejected` and not sent
    """
    with ui.element("div").classes("fm-file"):
        upload = ui.upload(
            auto_upload=True,
            multiple=several,
            max_file_size=most,
            on_upload=on_upload,
            on_rejected=on_rejected,
        ).style("display: none")
        if accept:
            upload.props(f"accept='{accept}'")
        button = ui.button(label).props("flat no-caps color=none").classes("fm-button is-plain")
        button.on("click", js_handler=f"() => getElement({upload.id}).$refs.qRef.pickFiles()")
        said = ui.label("Sending …").classes("fm-caption").props("role=status")
        said.set_visibility(False)
        upload.on("uploading", lambda: said.set_visibility(True), args=[])
        upload.on("finish", lambda: said.set_visibility(False), args=[])
    return upload
