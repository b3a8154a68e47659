"""What the browser does with a sheet: it tells what is typed, keeps it in its tab, and shows what is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping

_MILLISECONDS = 300
_KEPT = "thalweg exercise: "
"""What the names of kept answers begin with. They are in the tab's session storage: there after a reload, in no address
(a shared exercise brings nobody's answers), and gone with the tab."""
TYPED = f"""(event) => {{
  const box = event.currentTarget;
  const typed = Object.fromEntries(
    [...box.querySelectorAll("input[data-id]")].map((input) => [input.dataset.id, input.value]));
  if (box.dataset.exercise) {{
    try {{ sessionStorage.setItem({json.dumps(_KEPT)} + box.dataset.exercise, JSON.stringify(typed)); }} catch {{}}
  }}
  clearTimeout(box.waiting);
  box.waiting = setTimeout(() => emit(typed), {_MILLISECONDS});
}}"""
"""What an input in the sheet does: what is typed is kept at once, and told after a pause."""
_FILL = """
const typed = %s, exercise = %s, box = getHtmlElement(%d);
if (box) {
  let kept = {};
  try { kept = JSON.parse(sessionStorage.getItem(%s + exercise) ?? "{}"); } catch {}
  box.dataset.exercise = exercise;
  box.querySelectorAll("input[data-id]").forEach((input) => {
    input.value = kept[input.dataset.id] ?? typed[input.dataset.id] ?? "";
  });
  if (Object.values(kept).some(Boolean)) box.querySelector("input[data-id]")?.dispatchEvent(
    new Event("input", { bubbles: true }));
}
"""
_CLEAR = """
const box = getHtmlElement(%d);
if (box) {
  clearTimeout(box.waiting);
  try { sessionStorage.removeItem(%s + box.dataset.exercise); } catch {}
  box.querySelectorAll("input[data-id]").forEach((input) => { input.value = ""; });
}
"""
_TELL = """
const told = %s, box = getHtmlElement(%d);
box?.querySelectorAll("input[data-id]").forEach((input) => {
  const [kind, words] = told[input.dataset.id] ?? ["", ""], said = input.parentElement.querySelector(".said");
  said.className = `said ${kind}`;
  said.textContent = words;
  input.setAttribute("aria-invalid", String(kind === "wrong"));
});
"""
_PRINT = """
const frame = document.createElement("iframe");
frame.title = "what is printed";
frame.style = "position: fixed; width: 0; height: 0; border: 0";
frame.srcdoc = %s;
frame.onload = () => { frame.contentWindow.print(); setTimeout(() => frame.remove(), 60000); };
document.body.append(frame);
"""


def filling(sheet: int, code: str, typed: Mapping[str, str]) -> str:
    """Fill a sheet with what was typed into the exercise of a code before: in this tab, or in this page."""
    return _FILL % (json.dumps(typed), json.dumps(code), sheet, json.dumps(_KEPT))


def clearing(sheet: int) -> str:
    """Empty the blanks of a sheet, and keep nothing of them."""
    return _CLEAR % (sheet, json.dumps(_KEPT))


def telling(sheet: int, said: Mapping[str, tuple[str, str]]) -> str:
    """Show what is said beside the blanks of a sheet, by their ids a class and words."""
    return _TELL % (json.dumps(said), sheet)


def printing(page: str) -> str:
    """Print a page of HTML."""
    return _PRINT % json.dumps(page)
