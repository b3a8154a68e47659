// What stands around an error surface: its bar, its fields, its keys, and which shade is which error.

import { number } from "./axes.js";
import { error } from "./contour_drawing.js";
import { escaped } from "./formulas.js";
import { icon } from "./player.js";

const KEYS = [["space", "play, pause"], ["→ ←", "a step on, back"], ["Home End", "the start, the end"], ["Shift + → ← ↑ ↓", "move the point"], ["Enter", "begin there"], ["c", "copy the command"], ["→ ← ↑ ↓", "on the surface: turn it"]];

/** The picture before anything is in it; where Python is there (`live`), with rules and a start. */
export function skeletonHtml(data, live, curved) {
  const [first, second] = data.names.map(escaped);
  const title = second ? `Error over ${first} and ${second}` : `Error against ${first}`;
  const F_minimum = error(data, data.F_minimum), low = data.at_edge ? "lowest shown" : "minimum";
  const at = data.names.map((name, k) => `${escaped(name)} = ${number(data.minimum[k])}`).join(", ");
  const button = (what, label) => `<button type="button" data-do="${what}" aria-label="${label}" title="${label}">${icon(what)}</button>`;
  const go = `<div class="bar"><div class="go" role="group" aria-label="Go through the steps">${button("first", "To the start")}${button("back", "One step back")}<button type="button" data-do="play" data-part="play"></button>${button("on", "One step on")}${button("last", "To the end")}<input type="range" min="0" step="1" data-part="scrub" aria-label="Step"><output data-part="where"></output></div></div>`;
  const look = second ? `<div class="go" role="group" aria-label="How it is shown"><button type="button" data-do="contours">Contours</button><button type="button" data-do="surface">Surface</button>${curved ? '<button type="button" data-do="eigen">Eigenvectors</button>' : ""}</div>` : "";
  const rates = live ? `<div class="rates" data-part="rates" role="group" aria-label="The rules"></div>` : "";
  const fields = data.names.map((name, k) => `<label>${escaped(name)} <input type="number" step="any" data-start="${k}" aria-label="start: ${escaped(name)}"></label>`).join(" ");
  const start = live ? `<div class="begins" role="group" aria-label="Where the paths begin"><span>start</span> ${fields}</div>` : "";
  const hint = live ? "Click the picture, or drag the start: the paths begin there." : "Click the picture: the weights and the error there.";
  return `<h1>${title}</h1><p class="where">${low}: error ${F_minimum} at ${at}</p>${go}
<div class="sides"><div class="seen">${look}<div class="plot" data-part="plot"></div></div><div class="told">${rates}${start}<p class="alert" role="alert" data-part="alert" hidden></p><p class="about" data-part="notes" hidden></p><div data-part="paths"></div>
<section class="point" data-part="point" aria-live="polite"><p class="hint">${hint}</p></section></div></div>
<details class="keys"><summary>Keys</summary><p>${KEYS.map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
}

/** Which shade is which error. */
export function scaleHtml(data) {
  const { levels } = data;
  if (!levels) return "";
  const parts = levels.map((level, k) => `<i style="--deep:${Math.round(100 * (1 - (k + 1) / levels.length))}%"></i>`);
  const told = [0, 5, 10, 15].map((k) => `<span>${number(levels[k], 3)}</span>`);
  return `<div class="scale"><div>${parts.join("")}</div><p>${told.join("")}</p><p class="loss">${escaped(data.error)}${data.logarithmic ? ", logarithmic levels" : ""}</p></div>`;
}
