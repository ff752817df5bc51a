"""One app and one browser for a file of browser tests.

Not for the whole session: while Playwright runs, no test with an event loop of its own can.
"""

import pytest

from tests.webapp.browser.running import App, chromium


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app on its demo exchange; its log must be clean at the end."""
    app = App(tmp_path_factory.mktemp("app"))
    with app.running():
        yield app
    assert app.trouble() == []


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(app, browser):
    """Opens pages, each in a browser of its own; none may complain in its console."""
    complaints = []
    contexts = []

    def open_page(path="/", size=(1280, 800), port=None):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: message.type == "error" and complaints.append(message.text),
        )
        page.goto(f"http://127.0.0.1:{port or app.port}{path}")
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
