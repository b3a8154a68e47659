// An error surface, or the error along one weight, with paths that are played, stopped, gone through, and begun elsewhere by a click.

import { escaped } from "./formulas.js";
import { MARGINS, error, errorAt, frameOf, markerSvg, movingSvg, number, stillSvg, tidy, weightsAt } from "./contour_drawing.js";

const WIDEST = 640, FRAMES = 120;
const ENDED = { diverged: "diverged", stalled: "can go no lower" };
const ICONS = { // drawn: fonts lack some of these signs
  first: "M3 2v12h2V2zM14 2L6 8l8 6z", back: "M12 2L4 8l8 6z", on: "M4 2l8 6l-8 6z", last: "M11 2v12h2V2zM2 2l8 6l-8 6z", play: "M4 2l9 6l-9 6z", pause: "M3 2v12h4V2zM9 2v12h4V2z",
};
const icon = (name) => `<svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const KEYS = [["space", "play, pause"], ["→ ←", "a step on, back"], ["Home End", "the start, the end"], ["Shift + → ← ↑ ↓", "move the point"], ["Enter", "begin there"], ["c", "copy the command"]];

class Shown {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.data = model.get("data");
    this.live = Boolean(model.get("live"));
    this.step = Math.min(model.get("step") ?? 0, this.last);
    this.point = null;
    this.timer = null;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    el.classList.add("thalweg", "contour-picture");
    el.innerHTML = this.skeleton();
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    el.addEventListener("click", (event) => this.clicked(event));
    el.addEventListener("keydown", (event) => this.pressed(event));
    el.addEventListener("input", (event) => event.target.type === "range" && this.go(Number(event.target.value)));
    el.addEventListener("change", (event) => event.target.type === "range" && this.keep());
    model.on("change:paths", () => this.begun());
    model.on("change:step", () => !this.timer && this.go(model.get("step")));
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.part("plot"));
    this.fit();
  }

  get paths() { return this.model.get("paths"); }

  get last() { return Math.max(0, ...this.paths.map((path) => path.points.length - 1)); }

  skeleton() {
    const { data } = this;
    const [first, second] = data.names.map(escaped);
    const title = second ? `Error over ${first} and ${second}` : `Error against ${first}`;
    const F_minimum = error(data, data.F_minimum), low = data.at_edge ? "lowest shown" : "minimum";
    const at = data.names.map((name, k) => `${escaped(name)} = ${number(data.minimum[k])}`).join(", ");
    const button = (what, label) => `<button type="button" data-do="${what}" aria-label="${label}" title="${label}">${icon(what)}</button>`;
    const go = `<div class="bar"><div class="go" role="group" aria-label="Go through the steps">${button("first", "To the start")}${button("back", "One step back")}<button type="button" data-do="play" data-part="play"></button>${button("on", "One step on")}${button("last", "To the end")}<input type="range" min="0" step="1" data-part="scrub" aria-label="Step"><output data-part="where"></output></div></div>`;
    const hint = this.live ? "Click the picture: the paths begin there." : "Click the picture: the weights and the error there.";
    return `<h1>${title}</h1><p class="where">${low}: error ${F_minimum} at ${at}</p>${go}
<div class="sides"><div class="plot" data-part="plot"></div><div class="told"><div data-part="paths"></div>
<section class="point" data-part="point" aria-live="polite"><p class="hint">${hint}</p></section></div></div>
<details class="keys"><summary>Keys</summary><p>${KEYS.map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
  }

  /** Draws all anew, as wide as there is room. */
  fit() {
    const width = Math.max(260, Math.min(WIDEST, this.part("plot").clientWidth || 560));
    if (this.room === width) return;
    this.room = width;
    const focused = document.activeElement?.closest?.(".plot svg") && this.el.contains(document.activeElement);
    const room = Math.max(320, 0.76 * innerHeight), whole = frameOf(this.data, width);
    this.frame = whole.height > room ? frameOf(this.data, Math.max(260, (width * room) / whole.height)) : whole;
    const { width: across, height } = this.frame;
    const label = `${this.el.querySelector("h1").textContent}, to be clicked: Shift and the arrow keys move a point`;
    this.part("plot").innerHTML = `<svg data-part="picture" tabindex="0" role="group" aria-label="${escaped(label)}" width="${across}" height="${height}" viewBox="0 0 ${across} ${height}"><g transform="translate(${MARGINS.left} ${MARGINS.top})">${stillSvg(this.data, this.frame)}<g data-part="moving"></g></g></svg>${this.scale()}`;
    if (focused) this.part("picture").focus();
    this.draw();
  }

  /** Which shade is which error. */
  scale() {
    const { levels } = this.data;
    if (!levels) return "";
    const parts = levels.map((level, k) => `<i style="--deep:${Math.round(100 * (1 - (k + 1) / levels.length))}%"></i>`);
    const told = [0, 5, 10, 15].map((k) => `<span>${number(levels[k], 3)}</span>`);
    return `<div class="scale"><div>${parts.join("")}</div><p>${told.join("")}</p><p class="loss">error (${escaped(this.data.loss)})${this.data.logarithmic ? ", logarithmic levels" : ""}</p></div>`;
  }

  draw() {
    const { data, step, last } = this;
    this.part("moving").innerHTML = movingSvg(data, this.frame, this.paths, step, this.point);
    const scrub = this.part("scrub");
    scrub.max = String(last);
    scrub.value = String(step);
    this.part("where").textContent = last ? `step ${step.toLocaleString("en")} of ${last.toLocaleString("en")}` : "no path";
    for (const of of this.el.querySelectorAll(".go button, .go input")) of.disabled = !last;
    const what = this.timer ? "pause" : "play";
    if (this.part("play").textContent.trim() !== what) this.part("play").innerHTML = `${icon(what)} ${what}`; // a click may be on the one that stands there
    this.part("paths").innerHTML = this.table();
  }

  /** Where each path is at the step. */
  table() {
    const { data, paths, step } = this;
    if (!paths.length) return "";
    const slopes = data.kind === "curve";
    const heads = ["", "rule", ...data.names, "error", ...(slopes ? ["slope"] : [])].map((text) => `<th scope="col">${escaped(text)}</th>`);
    const rows = paths.map((path, k) => {
      const at = Math.min(step, path.points.length - 1);
      const end = at === path.points.length - 1 && ENDED[path.ended] ? `<br><small>${ENDED[path.ended]} after ${at} step${at === 1 ? "" : "s"}</small>` : "";
      const values = [...path.points[at].map((value) => number(value)), error(data, path.F[at], path.F), ...(slopes ? [number(path.slopes[at])] : [])].map((value) => `<td>${value}</td>`);
      return `<tr><td>${markerSvg(k)}</td><th scope="row">${escaped(path.name)}${end}</th>${values.join("")}</tr>`;
    });
    const shares = paths.map((path) => path.share).filter((share) => share < 0.995);
    const note = shares.length ? `<p class="about">The other weights move too: ${number(100 * Math.min(...shares), 2)} % of the squared way lies in this plane${shares.length > 1 ? ", at the least" : ""}. The errors are those of the paths.</p>` : "";
    return `<div class="scroll"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>${note}`;
  }

  /** What is at the point that was clicked. */
  tell() {
    const { data, point } = this;
    const path = this.paths.find((one) => one.points[0].every((value, k) => Math.abs(value - point[k]) <= 1e-9 * Math.max(1, Math.abs(value))));
    const F = path ? path.F[0] : errorAt(data, point);
    const rows = data.names.map((name, k) => `<tr><th scope="row">${escaped(name)}</th><td>${number(point[k], 8)}</td></tr>`);
    rows.push(`<tr><th scope="row">error</th><td>${F === null ? "" : path ? "= " : "≈ "}${error(data, F)}</td></tr>`);
    const all = data.kind === "surface" ? weightsAt(data, point) : [];
    const others = all.filter(([name]) => !data.names.includes(name)).map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${number(value)}</td></tr>`);
    const weights = others.length ? `<details><summary>${others.length === all.length ? "The weights there" : "The other weights"}</summary><table><tbody>${others.join("")}</tbody></table></details>` : "";
    const command = this.command();
    const how = command ? `<p class="about">The paths from there:</p><p class="command"><code>${escaped(command)}</code> <button type="button" data-do="copy">Copy</button></p>` : this.live ? "" : `<p class="about">The paths from there, in Python: <code>picture.begin(${point.join(", ")})</code></p>`;
    this.part("point").innerHTML = `<h2>The point</h2><table><tbody>${rows.join("")}</tbody></table>${weights}${how}`;
  }

  command() {
    return this.data.command && this.point ? this.data.command.replace("{start}", () => this.point.join(",")) : "";
  }

  go(step) {
    this.step = Math.min(this.last, Math.max(0, step));
    this.draw();
  }

  keep() {
    this.model.set("step", this.step);
    this.model.save_changes();
  }

  play() {
    if (!this.last) return;
    if (this.step >= this.last) this.step = 0;
    const stride = Math.max(1, Math.ceil(this.last / FRAMES));
    this.timer = setInterval(() => {
      this.go(this.step + stride);
      if (this.step >= this.last) this.pause();
    }, this.calm ? 500 : 100);
    this.part("where").setAttribute("aria-live", "off");
    this.draw();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.part("where").removeAttribute("aria-live");
    this.draw();
    this.keep();
  }

  /** A point is looked at; where Python is there, paths begin from it. */
  choose(point, begin) {
    this.point = point;
    if (begin && this.live) {
      this.model.set("start", point);
      this.model.save_changes();
    }
    this.draw();
    this.tell();
  }

  /** Python has followed the rules from another start. */
  begun() {
    if (this.timer) this.pause();
    this.step = this.calm ? this.last : 0;
    this.draw();
    if (this.point) this.tell();
    if (!this.calm) this.play();
  }

  clicked(event) {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what) this.do(what);
    else if (event.target.closest("[data-part=picture]")) {
      const box = this.part("picture").getBoundingClientRect();
      const scale = this.frame.width / box.width;
      this.choose(this.frame.at((event.clientX - box.left) * scale - MARGINS.left, (event.clientY - box.top) * scale - MARGINS.top), true);
    }
  }

  do(what) {
    if (what === "play") {
      if (this.timer) this.pause();
      else this.play();
      return;
    }
    if (what === "copy") {
      this.copy();
      return;
    }
    if (this.timer) this.pause();
    this.go({ first: 0, back: this.step - 1, on: this.step + 1, last: this.last }[what]);
    this.keep();
  }

  async copy() {
    const code = this.part("point").querySelector(".command code"), button = this.part("point").querySelector("[data-do=copy]");
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

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target, shiftKey } = event;
    const own = target.closest?.("button, input, summary, a");
    if (shiftKey && key.startsWith("Arrow")) this.move(key);
    else if (own && (key === " " || key === "Enter" || (own.type === "range" && (key.startsWith("Arrow") || key === "Home" || key === "End")))) return;
    else if (key === " ") this.do("play");
    else if (key === "Enter" && this.point) this.choose(this.point, true);
    else if (key === "c") this.copy();
    else if ({ ArrowRight: 1, ArrowLeft: 1, Home: 1, End: 1 }[key]) this.do({ ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last" }[key]);
    else return;
    event.preventDefault();
  }

  move(key) {
    const axis = key === "ArrowLeft" || key === "ArrowRight" ? 0 : 1;
    if (axis >= this.data.names.length) return;
    const [low, high] = this.data.ranges[axis];
    const point = [...(this.point ?? this.model.get("start"))];
    const moved = point[axis] + (key === "ArrowLeft" || key === "ArrowDown" ? -1 : 1) * 0.02 * (high - low);
    point[axis] = tidy(Math.min(high, Math.max(low, moved)), high - low);
    this.choose(point, false);
  }

  end() {
    clearInterval(this.timer);
    this.watch.disconnect();
  }
}

function render({ model, el }) {
  const shown = new Shown(model, el);
  return () => shown.end();
}

export default { render };
