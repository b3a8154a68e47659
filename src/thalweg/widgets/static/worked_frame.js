// What stands around the calculation of the page that steps: its bar, its menus, its keys.

import { escaped } from "./formulas.js";

const KEYS = [
  ["← →", "line"], ["P p", "phase"], ["X x", "example"], ["S s", "step"], ["E e", "epoch"], ["h", "hide or show values"],
  ["g", "guess this line"], ["r", "reveal this line"], ["u", "up to this line, or all"], ["o", "one phase at a time, or all"], ["n", "next notation"], ["m", "by matrices, or unit by unit"], ["b", "back to where you were"], ["Esc", "close"],
];

const FORM_WORDS = { units: "unit by unit", matrix: "by matrices" };

/** The page before anything is in it. */
export function frameHtml() {
  const pair = (what, word) => `<span class="pair" data-pair="${what}" role="group" aria-label="${word}"><button type="button" data-go="${what}" data-by="-1" aria-label="back one ${word}">◀</button><span>${word}</span><button type="button" data-go="${what}" data-by="1" aria-label="forward one ${word}">▶</button></span>`;
  return `<header><h1 data-part="title"></h1><p class="where" data-part="where" role="status" aria-live="polite"></p></header>
<nav class="bar" aria-label="steps through the calculation"><div class="go">${pair("line", "line")}${pair("phase", "phase")}${pair("example", "example")}${pair("step", "step")}${pair("epoch", "epoch")}</div>
<div class="set"><span class="menus" data-part="menus"></span><button type="button" data-do="phased" aria-pressed="false">One phase</button><button type="button" data-do="hide" aria-pressed="false">Hide values</button><button type="button" data-do="upto" aria-pressed="false">Up to this line</button><button type="button" data-do="back" disabled>Back</button><button type="button" data-do="print">Print</button></div>
<p class="score" data-part="score" role="status"></p></nav>
<div class="columns"><div class="left"><div class="drawing" data-part="drawing"></div><aside class="panel" data-part="panel" aria-label="what is looked at" aria-live="polite"></aside></div>
<main><div data-part="head"></div><div data-part="left"></div><div class="calculation" data-part="calculation"></div><div data-part="foot"></div></main></div>
<details class="keys" open><summary>Keys</summary><p>${KEYS.map(([key, word]) => `<span><kbd>${key}</kbd> ${word}</span>`).join(" ")}</p><p>Click a unit, a connection or any number to see its formula and where its numbers come from.</p></details>`;
}

/** The menus of the notations and the forms; some notations may be made only when they are chosen (`offered`). */
export function menusHtml(data) {
  const here = new Set(data.notations.map((one) => one.name));
  const offered = [...data.notations, ...(data.offered ?? []).filter((one) => !here.has(one.name))];
  if (data.offered) offered.sort((one, other) => data.offered.findIndex((of) => of.name === one.name) - data.offered.findIndex((of) => of.name === other.name));
  const options = offered.map((one) => `<option value="${escaped(one.name)}">${escaped(one.name)}: ${escaped(one.title)}</option>`).join("");
  const forms = [...new Set(data.steps[0].texts.map((text) => text.form))];
  const formMenu = forms.length > 1 ? `<label>Form <select data-menu="form">${forms.map((form) => `<option value="${escaped(form)}">${FORM_WORDS[form] ?? escaped(form)}</option>`).join("")}</select></label>` : "";
  return `<label>Notation <select data-menu="notation">${options}</select></label>${formMenu}`;
}

/** Which notations were left out. */
export function leftOutHtml(data) {
  return (data.left_out ?? []).length ? `<p class="about">Left out, to keep the page small: the notations ${data.left_out.map(escaped).join(", ")}.</p>` : "";
}
