"""Code in the page, with a button that copies it."""

from __future__ import annotations

from nicegui import ui


def code_block(text: str, name: str, label: str = "") -> None:
    """A script or a command; `name` says which it is, `label` is what the button says of it to who cannot see it."""
    with ui.element("pre").classes("studio-code").props(f'data-code="{name}" tabindex="0"'):
        ui.label(text).style("white-space: pre-wrap")

    def copy() -> None:
        ui.clipboard.write(text)
        ui.notify(f"{name} copied", timeout=1500)

    button = ui.button(f"Copy the {name}", icon="content_copy", on_click=copy).props("flat dense no-caps")
    if label:
        button.props["aria-label"] = label
