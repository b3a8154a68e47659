// Activations with their derivatives: a point that is dragged, or moved by keys, its tangent, and its numbers in the formulas.

import { escaped } from "./formulas.js";
import { ending, number, tidy } from "./axes.js";
import { atPoint, linesAt } from "./activation_values.js";
import { markerSvg, movingSvg, panelsOf, stillSvg } from "./activation_drawing.js";

const WIDEST = 720, SNAPS = 5; // pixels beside a kink
const KEYS = [["→ ←", "move the point"], ["Shift + → ←", "by ten such steps"], ["Home End", "to the ends"], ["↑ ↓", "the function before, the next"]];

class Shown {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.live = Boolean(model.get("live"));
    el.classList.add("thalweg", "activation-picture");
    el.innerHTML = this.skeleton();
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    this.heard = { data: () => this.begun(), at: () => !this.dragged && this.moved(), chosen: () => this.redrawn(), told: () => this.tellFault() };
    for (const [name, listener] of Object.entries(this.heard)) model.on(`change:${name}`, listener);
    el.addEventListener("click", (event) => this.clicked(event));
    el.addEventListener("keydown", (event) => this.pressed(event));
    el.addEventListener("change", (event) => this.typed(event));
    el.addEventListener("submit", (event) => this.asked(event));
    this.dragging();
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.part("plot"));
    this.begun();
  }

  get data() { return this.model.get("data"); }

  get chosen() { return Math.min(Math.max(0, this.model.get("chosen") ?? 0), this.data.functions.length - 1); }

  get n() { return Math.min(this.data.high, Math.max(this.data.low, Number(this.model.get("at")))); }

  get stride() { return 10 ** Math.floor(Math.log10((this.data.high - this.data.low) / 100)); }

  skeleton() {
    const own = this.live ? `<form class="set" data-part="own"><label>Your formula <input type="text" name="formula" maxlength="300" placeholder="x*tanh(x)" spellcheck="false" autocomplete="off" autocapitalize="off"></label><button type="submit">Show</button></form><p class="verdict" data-part="fault" role="alert" hidden></p>` : "";
    return `<h1></h1>${own}<div class="sides"><div class="plot" data-part="plot"></div><div class="told"><p class="set"><label>net input <input type="number" step="any" data-part="n"></label></p><div data-part="values"></div>
<section data-part="formulas" aria-label="formulas"></section><ul data-part="facts"></ul></div></div>
<details class="keys"><summary>Keys</summary><p>${KEYS.map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
  }

  /** Other functions, or other bounds. */
  begun() {
    this.el.querySelector("h1").textContent = this.data.functions.map((f) => f.name).join(", ");
    const field = this.part("n");
    [field.min, field.max] = [this.data.low, this.data.high];
    this.room = null;
    this.fit();
  }

  fit() {
    const width = Math.max(260, Math.min(WIDEST, this.part("plot").clientWidth || 560));
    if (this.room === width) return;
    this.room = width;
    this.redrawn();
  }

  /** Draws all anew. */
  redrawn() {
    const focused = this.part("picture") !== null && document.activeElement === this.part("picture");
    this.panels = panelsOf(this.data, this.room);
    const { width, height, left, top } = this.panels;
    this.part("plot").innerHTML = `<svg data-part="picture" tabindex="0" role="slider" aria-label="net input of the point" aria-valuemin="${this.data.low}" aria-valuemax="${this.data.high}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><g transform="translate(${left} ${top})">${stillSvg(this.data, this.panels, this.chosen)}<g data-part="moving"></g></g></svg>`;
    if (focused) this.part("picture").focus();
    this.moved();
  }

  /** The point is elsewhere. */
  moved() {
    const { data, n, chosen } = this, f = data.functions[chosen];
    const values = data.functions.map((one) => atPoint(data, one, n));
    this.part("moving").innerHTML = movingSvg(data, this.panels, chosen, n, values);
    const picture = this.part("picture"), { a, slope } = values[chosen];
    picture.setAttribute("aria-valuenow", n);
    picture.setAttribute("aria-valuetext", `n ${number(n)}, ${f.name} ${number(a)}, slope ${number(slope)}`);
    const field = this.part("n");
    if (document.activeElement !== field) field.value = n;
    this.part("values").innerHTML = this.table(values);
    this.part("formulas").innerHTML = this.formulas(f, n, a, slope);
    this.part("facts").innerHTML = this.facts(f, n).map((fact) => `<li>${fact}</li>`).join("");
  }

  table(values) {
    const { data, chosen, n } = this, several = data.functions.length > 1;
    const rows = data.functions.map((f, k) => {
      const name = several ? `<button type="button" data-choose="${k}" aria-pressed="${k === chosen}">${escaped(f.name)}</button>` : escaped(f.name);
      const level = f.stretches.some(([first, last]) => n >= first && n <= last) ? "<small>saturated</small>" : "";
      const sign = values[k].near ? "≈ " : "";
      return `<tr><td>${markerSvg(k)}</td><th scope="row">${name}</th><td>${sign}${number(values[k].a)}</td><td>${sign}${number(values[k].slope)}</td><td>${level}</td></tr>`;
    });
    return `<div class="scroll"><table><thead><tr><th></th><th scope="col">function</th><th scope="col">output</th><th scope="col">slope</th><th></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  }

  formulas(f, n, a, slope) {
    if (!f.formulas) return `<p class="about">It says no formula of itself: its values lie between those that are drawn.</p>`;
    if (!Number.isFinite(a)) return `<p class="about">It is not finite here.</p>`;
    const lines = linesAt(this.data, f, n).map((line) => `<div class="line">${line}</div>`);
    const bend = f.bends.find((one) => one.at === n);
    const tangent = bend || !Number.isFinite(slope) ? "" : `<p class="about">Tangent: ${number(a)} ${slope < 0 ? "−" : "+"} ${number(Math.abs(slope))} (n ${n < 0 ? "+" : "−"} ${number(Math.abs(n))})</p>`;
    return lines.join("") + tangent;
  }

  /** What is told of a function: its outputs, kinks, and where it is saturated. */
  facts(f, n) {
    const { data } = this, out = [];
    const [low, high] = f.outputs, about = f.outputs_said ? "" : "about ";
    if (low === null && high === null) out.push("outputs: without bounds");
    else if (low !== null && high !== null) out.push(`outputs: from ${about}${number(low)} to ${about}${number(high)}`);
    else out.push(low !== null ? `outputs: from ${about}${number(low)} up, without an upper bound` : `outputs: up to ${about}${number(high)}, without a lower bound`);
    const where = f.stretches.map(([first, last]) => (first === data.low ? `below n = ${number(last, 3)}` : last === data.high ? `above n = ${number(first, 3)}` : `from n = ${number(first, 3)} to ${number(last, 3)}`));
    out.push(where.length ? `saturated (shaded), |slope| below ${number(data.saturated_below)}: ${where.join(" and ")}; hardly any error passes there` : `nowhere saturated here: |slope| stays below ${number(data.saturated_below)} to no end without being 0 throughout`);
    for (const bend of f.bends.slice(0, 6)) {
      const here = bend.at === n ? `: here the slope is ${number(atPoint(data, f, n).slope)} by convention` : "";
      if (bend.left === null || bend.right === null) out.push(`${bend.jumps ? "beyond all bounds" : "a slope beyond all bounds"} at n = ${number(bend.at)}`);
      else out.push(bend.jumps ? `a jump at n = ${number(bend.at)}, from ${number(bend.left)} to ${number(bend.right)}: no derivative there` : `a kink at n = ${number(bend.at)}: slope ${number(bend.left)} on its left, ${number(bend.right)} on its right${here}`);
    }
    if (f.bends.length > 6) out.push(`and ${f.bends.length - 6} more kinks`);
    if (!f.bends.length) out.push("no kink");
    return [...out, ...f.notes].map(escaped);
  }

  tellFault() {
    const fault = this.part("fault");
    if (!fault) return;
    fault.textContent = this.model.get("told") ?? "";
    fault.hidden = !fault.textContent;
  }

  go(n, keep = true) {
    const { low, high } = this.data;
    this.model.set("at", Math.min(high, Math.max(low, n)));
    this.moved();
    if (keep) this.model.save_changes();
  }

  choose(k) {
    this.model.set("chosen", (k + this.data.functions.length) % this.data.functions.length);
    this.redrawn();
    this.model.save_changes();
  }

  dragging() {
    const plot = this.part("plot");
    const at = (event) => {
      const box = this.part("picture").getBoundingClientRect(), { left, w } = this.panels, { low, high } = this.data;
      const x = ((event.clientX - box.left) * this.panels.width) / box.width - left;
      const kink = this.data.functions.flatMap((f) => f.bends).find((bend) => Math.abs(this.panels.x(bend.at) - x) <= SNAPS);
      return kink ? kink.at : tidy(low + Math.min(1, Math.max(0, x / w)) * (high - low), high - low);
    };
    plot.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.dragged = true;
      plot.setPointerCapture(event.pointerId);
      this.go(at(event), false);
    });
    plot.addEventListener("pointermove", (event) => this.dragged && this.go(at(event), false));
    for (const end of ["pointerup", "pointercancel"]) plot.addEventListener(end, () => {
      if (!this.dragged) return;
      this.dragged = false;
      this.model.save_changes();
    });
  }

  clicked(event) {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    this.choose(Number(button.dataset.choose));
    this.el.querySelector(`[data-choose="${button.dataset.choose}"]`).focus();
  }

  typed(event) {
    if (event.target !== this.part("n")) return;
    const n = event.target.valueAsNumber;
    if (Number.isFinite(n)) this.go(n);
    event.target.value = this.n;
  }

  asked(event) {
    event.preventDefault();
    this.model.set("formula", event.target.elements.formula.value);
    this.model.save_changes();
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target, shiftKey, currentTarget } = event;
    if (target !== currentTarget && target !== this.part("picture")) return;
    const by = this.stride * (shiftKey ? 10 : 1), places = Math.max(0, -Math.round(Math.log10(this.stride)));
    const to = (n) => this.go(Number(n.toFixed(places)));
    if (key === "ArrowRight") to(this.n + by);
    else if (key === "ArrowLeft") to(this.n - by);
    else if (key === "Home") this.go(this.data.low);
    else if (key === "End") this.go(this.data.high);
    else if (key === "ArrowUp" || key === "ArrowDown") this.choose(this.chosen + (key === "ArrowDown" ? 1 : -1));
    else return;
    event.preventDefault();
    event.stopPropagation(); // it is drawn anew: the page would take the key for one from elsewhere
  }

  end() {
    this.watch.disconnect();
    for (const [name, listener] of Object.entries(this.heard)) this.model.off?.(`change:${name}`, listener);
  }
}

function render({ model, el }) {
  const shown = new Shown(model, el);
  return ending(el, () => shown.end());
}

export default { render };
