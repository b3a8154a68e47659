// What is told beside an error surface: where each path is, what is at a point, and the command that begins there.

import { number } from "./axes.js";
import { error, errorAt, markerSvg, weightsAt } from "./contour_drawing.js";
import { escaped } from "./formulas.js";

const ENDED = { diverged: "diverged", stalled: "can go no lower" };

/** Where each path is at a step. */
export function pathsHtml(data, paths, step) {
  if (!paths.length) return "";
  const slopes = data.kind === "curve";
  const heads = ["mark", "rule", ...data.names, "error", ...(slopes ? ["slope"] : [])].map((text) => `<th scope="col">${escaped(text)}</th>`);
  const rows = paths.map((path, k) => {
    const at = Math.min(step, path.points.length - 1);
    const end = at === path.points.length - 1 && ENDED[path.ended] ? `<br><small>${ENDED[path.ended]} after ${at} step${at === 1 ? "" : "s"}</small>` : "";
    const values = [...path.points[at].map((value) => number(value)), error(data, path.F[at], path.F), ...(slopes ? [number(path.slopes[at])] : [])].map((value) => `<td>${value}</td>`);
    return `<tr><td>${markerSvg(k)}</td><th scope="row">${escaped(path.name)}${end}</th>${values.join("")}</tr>`;
  });
  const shares = paths.map((path) => path.share).filter((share) => share < 0.995);
  const note = shares.length ? `<p class="about">The other weights move too: ${number(100 * Math.min(...shares), 2)} % of the squared way lies in this plane${shares.length > 1 ? ", at the least" : ""}. The errors are those of the paths.</p>` : "";
  return `<div class="scroll" tabindex="0" role="group" aria-label="Where the paths are"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>${note}`;
}

/** What is at the point that was clicked, and how the paths from there are had. */
export function pointHtml(data, paths, point, command, live) {
  const path = paths.find((one) => one.points[0].every((value, k) => Math.abs(value - point[k]) <= 1e-9 * Math.max(1, Math.abs(value))));
  const F = path ? path.F[0] : errorAt(data, point);
  const rows = data.names.map((name, k) => `<tr><th scope="row">${escaped(name)}</th><td>${number(point[k], 8)}</td></tr>`);
  rows.push(`<tr><th scope="row">error</th><td>${F === null ? "" : path ? "= " : "≈ "}${error(data, F)}</td></tr>`);
  const all = data.kind === "surface" ? weightsAt(data, point) : [];
  const others = all.filter(([name]) => !data.names.includes(name)).map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${number(value)}</td></tr>`);
  const weights = others.length ? `<details><summary>${others.length === all.length ? "The weights there" : "The other weights"}</summary><table><tbody>${others.join("")}</tbody></table></details>` : "";
  const how = command ? `<p class="about">The paths from there:</p><p class="command"><code>${escaped(command)}</code> <button type="button" data-do="copy">Copy</button></p>` : live ? "" : `<p class="about">The paths from there, in Python: <code>picture.begin(${point.join(", ")})</code></p>`;
  return `<h2>The point</h2><table><tbody>${rows.join("")}</tbody></table>${weights}${how}`;
}

/** A command is copied, as the button then says. */
export async function copied(code, button) {
  if (!code) return;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // a page from a file may not: it is marked, to be copied by hand
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (!document.execCommand?.("copy")) return;
  }
  button.textContent = "Copied";
}
