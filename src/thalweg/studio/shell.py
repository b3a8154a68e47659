"""The frame of the page: its rooms, light and dark, what a lost connection says, and the end with the tab."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from nicegui import PageArguments, app, ui
from starlette.requests import Request
from starlette.responses import Response

from . import chart_element, picture_element
from .building import OwnTable, build
from .rooms import Room, rooms
from .spec import Spec
from .workspace import OPEN, Workspace

_KNOWN_TO_A_PAGE = (ui.anywidget, ui.echart)
"""Loaded with this module: a page that was built before they were has no address for their scripts."""
_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_CLOSING = """
addEventListener('pagehide', () => navigator.sendBeacon('/_studio/close/%s'));
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
"""
_SCRIPTS = chart_element.SCRIPT + picture_element.SCRIPT
_INSIDE = "something failed inside, which the terminal that started the studio tells"


def make_page(own: OwnTable | None = None, spec: Spec | None = None) -> None:
    """The page that is shown at every address of a room; `own` and `spec` are what it begins with."""

    first = build(spec or Spec(), own)
    """What each page begins with, made once: it is never changed."""

    @app.post("/_studio/close/{client}")
    def close(client: str) -> Response:
        workspace = OPEN.pop(client, None)
        if workspace is not None:
            workspace.close()
        return Response(status_code=204)

    def page() -> None:
        workspace = Workspace(first, own)
        client = ui.context.client
        OPEN[client.id] = workspace

        def end() -> None:
            OPEN.pop(client.id, None)
            workspace.close()

        client.on_delete(end)
        client.on_exception(lambda: workspace.tell(_INSIDE))
        ui.add_css(_STYLE)
        ui.add_head_html(f"<script>{_CLOSING % html.escape(client.id)}{_SCRIPTS}</script>")
        _header(workspace)
        offered = rooms()
        routes = {f"/{room.name}": _shown(room, workspace) for room in offered}
        ui.sub_pages({"/": routes[f"/{offered[0].name}"], **routes}, show_404=True).style("width: 100%")

    @app.on_page_exception
    def failed(error: Exception) -> None:
        ui.label(_INSIDE)

    async def root(request: Request) -> None:
        page()

    for room in rooms():
        ui.page(f"/{room.name}", title=f"{room.title} · Thalweg")(_named(root, room.name))
    ui.page("/", title="Thalweg Studio")(_named(root, "home"))


def _named(function: Callable[[Request], Awaitable[None]], name: str) -> Callable[[Request], Awaitable[None]]:
    """The function under a name of its own, as each address has a page of its own."""

    async def named(request: Request) -> None:
        await function(request)

    named.__name__ = named.__qualname__ = f"page_{name}"
    return named


def _shown(room: Room, workspace: Workspace) -> Callable[[PageArguments], None]:
    def show(arguments: PageArguments) -> None:
        workspace.leave()
        ui.page_title(f"{room.title} · Thalweg")
        ui.run_javascript(
            f"document.querySelectorAll('.studio-header a').forEach(a => {{"
            f" const here = a.dataset.room === '{room.name}'; a.classList.toggle('here', here);"
            f" here ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current') }})"
        )
        room.show(workspace, dict(arguments.query_parameters))

    return show


def _header(workspace: Workspace) -> None:
    dark = ui.dark_mode(value=None)
    ui.colors(primary="#0b64a8")
    with ui.header().classes("studio-header items-center gap-2 px-3 py-2"):
        ui.html("<h1>Thalweg Studio</h1>", sanitize=False)
        with ui.element("nav").props('aria-label="rooms"').classes("flex flex-wrap"):
            for room in rooms():
                link = ui.link(room.title, f"/{room.name}").props(f'data-room="{room.name}"')
                link.tooltip(room.about)
        ui.space()

        def turn() -> None:
            dark.value = {None: True, True: False, False: None}[dark.value]
            told = {None: "as the system", True: "dark", False: "light"}[dark.value]
            ui.notify(f"colours: {told}", timeout=1500)

        ui.button(icon="contrast", on_click=turn).props('flat round dense aria-label="light or dark"')
