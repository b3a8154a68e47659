// What a network says of two inputs, or of one, and the examples: live, or gone through frame by frame; a point is read.

import { SHAPES, count, ending, number, onTheme, shortened } from "./axes.js";
import { escaped } from "./formulas.js";
import { PLAYER_KEYS, Player, playerHtml } from "./player.js";
import { COLOURS, MARGINS, axesSvg, curvesSvg, examplesSvg, frameOf, paint, paintPattern, palette, placeOf, saidAt, verdictsSvg } from "./regions_drawing.js";

const KEYS = [...PLAYER_KEYS, ["Shift + → ← ↑ ↓", "read another point"], ["Esc", "read no point"]];
const WIDEST = 544, NEAR = 12;

class Shown {
  constructor(model, el) {
    Object.assign(this, { model, el, point: null, asked: 0, fresh: true });
    el.classList.add("thalweg", "moving", "regions-picture");
    this.take();
    el.innerHTML = this.skeleton();
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    this.player = new Player(el, {
      last: () => this.frames.length - 1,
      words: (at) => (this.live ? "" : this.words(this.frames[at])),
      moved: () => this.soon(),
      kept: (at) => { model.set("frame", at); model.save_changes(); },
    });
    this.player.to(model.get("frame") ?? 0);
    model.on("change:data", () => { this.take("data"); this.fresh = true; this.point = null; this.soon(); });
    for (const name of ["frames", "now"]) model.on(`change:${name}`, () => { this.take(name); this.player.write(); this.soon(); });
    model.on("change:frame", () => { if (!this.player.playing && model.get("frame") !== this.player.at) this.player.to(model.get("frame")); });
    const stage = this.part("stage");
    stage.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.pointed(event));
    stage.addEventListener("pointerdown", (event) => this.pointed(event));
    stage.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") { this.point = null; this.soon(); } });
    el.addEventListener("keydown", (event) => this.pressed(event)); // the page around it may have keys of its own
    this.watch = new ResizeObserver(() => this.soon());
    this.watch.observe(stage);
    this.stopTheme = onTheme(el, () => { this.fresh = true; this.soon(); });
    this.draw();
  }

  /** What Python has sent: one value of it, or all at first; some hosts copy what is asked for. */
  take(only) {
    if (!only || only === "data") this.data = this.model.get("data");
    if (!only || only === "frames") this.frames = this.model.get("frames") ?? [];
    if (!only || only === "now") this.now = this.model.get("now") ?? {};
    this.live = Object.keys(this.now).length > 0;
  }

  get frame() {
    return this.live ? this.now : this.frames[Math.min(this.player.at, this.frames.length - 1)];
  }

  words(frame) {
    if (!frame) return "nothing yet";
    const wrong = frame.wrong === null || frame.wrong === undefined ? "" : ` · ${count(frame.wrong)} of ${count(this.data.examples.targets.length)} wrong`;
    return `at epoch ${count(frame.epoch)}${frame.update && frame.update !== frame.epoch ? ` · update ${count(frame.update)}` : ""}${wrong}`;
  }

  soon() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      if (this.el.isConnected) this.draw(); // a page may have left it
    });
  }

  skeleton() {
    const { title } = this.data;
    return `${title ? `<h1>${escaped(title)}</h1>` : ""}<p class="told" data-part="held"></p><div class="bar">${playerHtml("frame")}<p class="told" data-part="moment"></p></div>
<div class="sides"><div class="stage" data-part="stage"><canvas data-part="canvas" aria-hidden="true"></canvas><svg data-part="svg" tabindex="0" role="img"><g data-part="plot"><g data-part="axes"></g><g data-part="curves"></g><g data-part="verdicts"></g><g data-part="examples"></g><g data-part="cross"></g></g></svg></div>
<div><div class="legend" data-part="legend"></div><p class="told" data-part="note"></p><div data-part="point" aria-live="polite"></div></div></div>
<details class="keys"><summary>Keys</summary><p>${KEYS.map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
  }

  draw() {
    this.asked = 0;
    if (!this.el.isConnected) return; // the colours are those of the page: the first size that it has draws it
    const stage = this.part("stage"), width = Math.max(240, Math.min(WIDEST, stage.clientWidth || 480));
    const { data, frame } = this;
    if (this.fresh || width !== this.room) this.fit(width);
    if (data.kind !== "curve") paint(this.part("canvas"), data, frame, Math.round(this.place.w), Math.round(this.place.h), this.colours);
    else this.part("curves").innerHTML = curvesSvg(data, frame, this.place);
    this.part("verdicts").innerHTML = verdictsSvg(data, frame, this.place);
    this.cross();
    const broken = frame && !frame.finite ? "The outputs are not finite any more." : "";
    const moment = broken || (this.frames.length < 2 || this.live ? this.words(frame) : "");
    if (this.part("moment").textContent !== moment) this.part("moment").textContent = moment;
    this.el.querySelector(".go").hidden = this.live || this.frames.length < 2;
    if (this.point) this.tell();
    if (this.fresh) this.soon();
  }

  /** What stands still, as wide as there is room. */
  fit(width) {
    const { data } = this;
    [this.room, this.fresh] = [width, !getComputedStyle(this.el).getPropertyValue("--c0")]; // a style may come after the picture
    this.colours = palette(this.el);
    this.place = frameOf(data, width);
    const { width: across, height, w, h } = this.place;
    const svg = this.part("svg");
    svg.setAttribute("viewBox", `0 0 ${across} ${height}`);
    this.part("plot").setAttribute("transform", `translate(${MARGINS.left} ${MARGINS.top})`);
    this.part("axes").innerHTML = axesSvg(data, this.place);
    this.part("examples").innerHTML = examplesSvg(data, this.place);
    if (data.kind !== "curve") this.part("curves").innerHTML = "";
    const canvas = this.part("canvas"), scale = (svg.clientWidth || across) / across;
    Object.assign(canvas.style, { left: `${MARGINS.left * scale}px`, top: `${MARGINS.top * scale}px`, width: `${w * scale}px`, height: `${h * scale}px` });
    canvas.hidden = data.kind === "curve";
    const names = data.names.join(" and ");
    svg.setAttribute("aria-label", `${data.target} by ${names}; Shift and the arrow keys read a point`);
    this.legend();
    const held = data.held.map(([name, value]) => `${shortened(name)} = ${shortened(value)}`);
    this.part("held").innerHTML = held.length ? `Held: ${held.slice(0, 12).join(", ")}${held.length > 12 ? ` and ${held.length - 12} more` : ""}. The examples have values of their own there.` : "";
    const drawn = data.examples.targets.length, all = data.examples.all;
    this.part("note").textContent = drawn < all ? `${count(drawn)} of ${count(all)} examples are drawn.` : "";
  }

  legend() {
    const { data } = this, out = [];
    const item = (mark, text) => `<span class="item">${mark}${shortened(text, 40)}</span>`;
    const marker = (shape, kind, look) => `<svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><path class="example ${kind}" style="--look:var(--c${look})" d="${SHAPES[shape]}"/></svg>`;
    if (data.classes) data.classes.forEach((name, k) => out.push(item(`${data.kind === "classes" ? `<canvas class="pattern" width="26" height="18" data-of="${k}" aria-hidden="true"></canvas>` : ""}${marker(k % SHAPES.length, "part0", k % COLOURS)}`, name)));
    else if (data.kind === "values") out.push(`<span class="item">${number(data.scale[0], 3)}</span><span class="ramp"></span><span class="item">${number(data.scale[1], 3)}</span>`);
    data.parts.forEach((name, k) => out.push(item(data.classes ? marker(0, `part${Math.min(k, 2)}`, 6) : marker(k % SHAPES.length, `one part${Math.min(k, 2)}`, data.kind === "curve" ? k % COLOURS : 6), name)));
    if (data.classes) out.push(item('<svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><path class="wrongback" d="M-6-6l12 12m0-12l-12 12"/><path class="wrong" d="M-6-6l12 12m0-12l-12 12"/></svg>', "wrong"));
    else if (data.kind === "curve") out.push(item('<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path class="fitted" d="M0 8h16"/></svg>', "network"), item('<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path class="error" d="M8 1v14"/></svg>', "error"));
    this.part("legend").innerHTML = out.join("");
    for (const canvas of this.part("legend").querySelectorAll("canvas")) paintPattern(canvas, Number(canvas.dataset.of), this.colours);
  }

  pointed(event) {
    const svg = this.part("svg"), box = svg.getBoundingClientRect(), scale = this.place.width / box.width;
    const x = (event.clientX - box.left) * scale - MARGINS.left, up = this.place.h - ((event.clientY - box.top) * scale - MARGINS.top);
    if (x < -8 || x > this.place.w + 8 || up < -8 || up > this.place.h + 8) return;
    const clamp = (value, size) => Math.min(size, Math.max(0, value));
    this.point = [this.place.x.back(clamp(x, this.place.w)), this.place.y.back(clamp(up, this.place.h))];
    this.soon();
  }

  cross() {
    const { point, place, data } = this;
    if (!point) return this.part("cross").replaceChildren();
    const [x, y] = place.at(point).map((of) => of.toFixed(1));
    const d = data.kind === "curve" ? `M${x} 0V${place.h}` : `M${x} ${Number(y) - 8}v16M${Number(x) - 8} ${y}h16`;
    this.part("cross").innerHTML = `<path class="crossback" d="${d}"/><path class="cross" d="${d}"/>`;
  }

  /** What the network says at the point, and which example is near. */
  tell() {
    const { data, frame, point } = this, rows = [];
    data.names.forEach((name, k) => rows.push([name, number(point[k], 4)]));
    const said = frame ? saidAt(data, frame, point) : null;
    if (said !== null) {
      if (data.kind === "curve") said.forEach((value, k) => rows.push([data.classes ? `share of ${data.classes[data.classes.length === 2 ? 1 : k]}` : data.target, number(value, 4)]));
      else if (data.classes) rows.push(["class", data.classes[said.of]], ...(data.levels > 1 ? [data.classes.length === 2 ? ["its share, about", number((1 + said.ahead) / 2, 2)] : ["ahead of the next by about", number(said.ahead, 2)]] : []));
      else rows.push([`${data.target}, about`, number(said, 3)]);
    }
    const k = this.nearest();
    const example = k < 0 ? "" : this.example(k);
    this.part("point").innerHTML = `<table><tbody>${rows.map(([name, value]) => `<tr><th scope="row">${shortened(name)}</th><td>${shortened(String(value))}</td></tr>`).join("")}</tbody></table>${example}`;
  }

  nearest() {
    const { data, place, point } = this, [x, y] = place.at(point);
    let best = -1, least = NEAR ** 2;
    data.examples.targets.forEach((_, k) => {
      const there = placeOf(data, k);
      if (!there) return;
      const [a, b] = place.at(there), far = (a - x) ** 2 + (b - y) ** 2;
      if (far < least) [best, least] = [k, far];
    });
    return best;
  }

  example(k) {
    const { data, frame } = this, { targets, parts } = data.examples, said = frame?.said?.[k];
    const word = (value) => (value === undefined || value === null ? "nothing" : data.classes ? data.classes[value] : number(value, 5));
    const verdict = data.classes && said !== undefined ? (said === targets[k] ? ", rightly" : ", wrongly") : "";
    return `<p class="told">An example of the ${escaped(data.parts[parts[k]])} part: ${shortened(word(targets[k]))}; the network says ${shortened(word(said))}${verdict}.</p>`;
  }

  pressed(event) {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (shiftKey && key.startsWith("Arrow")) this.move(key);
    else if (key === "Escape" && this.point) {
      this.point = null;
      this.part("point").replaceChildren();
      this.soon();
    } else if (this.live || !this.player.pressed(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(key) {
    const axis = key === "ArrowLeft" || key === "ArrowRight" ? 0 : 1, scale = [this.place.x, this.place.y];
    const point = this.point ?? scale.map((of) => (of.low + of.high) / 2), { low, high } = scale[axis];
    const by = (key === "ArrowLeft" || key === "ArrowDown" ? -0.02 : 0.02) * (high - low);
    this.point = point.map((value, k) => (k === axis ? Math.min(high, Math.max(low, value + by)) : value));
    this.soon();
  }

  end() {
    this.player.end();
    this.watch.disconnect();
    this.stopTheme();
  }
}

function render({ model, el }) {
  const shown = new Shown(model, el);
  return ending(el, () => shown.end());
}

export default { render };
