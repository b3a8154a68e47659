// An error surface, or the error along one weight, with paths that are played, stopped, gone through, and begun elsewhere by a click.

import { escaped } from "./formulas.js";
import { ending, number, onTheme, tidy } from "./axes.js";
import { icon } from "./player.js";
import { MARGINS, frameOf, movingSvg, stillSvg } from "./contour_drawing.js";
import { scaleHtml, skeletonHtml } from "./contour_frame.js";
import { Relief } from "./contour_relief.js";
import { askedOf, changed, refreshRates } from "./contour_rates.js";
import { copied, pathsHtml, pointHtml } from "./contour_told.js";

const WIDEST = 640, FRAMES = 120, PATIENCE = 600; // milliseconds that an answer of Python is waited for

class Shown {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.kept = new Map();
    for (const name of ["paths", "rules", "curvature"]) this.seen(name); // before anything else listens
    this.data = model.get("data");
    this.live = Boolean(model.get("live"));
    this.step = Math.min(model.get("step") ?? 0, this.last);
    this.point = null;
    this.timer = null;
    this.begin = String(model.get("start"));
    this.view = this.data.kind === "surface" ? model.get("view") ?? "contours" : "contours";
    this.eigen = Boolean(model.get("eigenvectors"));
    this.said = "";
    this.waiting = this.wanted = this.dragged = this.turning = null;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    el.classList.add("thalweg", "contour-picture");
    el.innerHTML = skeletonHtml(this.data, this.live, this.seen("curvature")?.length);
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    el.addEventListener("click", (event) => this.clicked(event));
    el.addEventListener("keydown", (event) => this.pressed(event));
    el.addEventListener("input", (event) => this.slid(event.target));
    el.addEventListener("change", (event) => this.set(event.target));
    el.addEventListener("pointerdown", (event) => this.grasped(event));
    el.addEventListener("pointermove", (event) => this.pulled(event));
    for (const end of ["pointerup", "pointercancel"]) el.addEventListener(end, () => this.let());
    model.on("change:paths", () => this.begun());
    model.on("change:rules", () => this.refresh());
    model.on("change:curvature", () => this.draw());
    model.on("change:told", () => this.answered(model.get("told")));
    model.on("change:step", () => !this.timer && this.go(model.get("step")));
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.part("plot"));
    this.unthemed = onTheme(el, () => this.relief && this.draw()); // the rest has its colours from the style
    this.refresh();
    this.fit();
  }

  /** A value of the model, read once and kept until it changes: some hosts copy it whenever it is asked for. */
  seen(name) {
    if (!this.kept.has(name)) {
      this.kept.set(name, this.model.get(name));
      this.model.on(`change:${name}`, () => this.kept.set(name, this.model.get(name)));
    }
    return this.kept.get(name);
  }

  get paths() { return this.seen("paths"); }

  get last() { return Math.max(0, ...this.paths.map((path) => path.points.length - 1)); }

  /** Draws all anew, as wide as there is room. */
  fit() {
    const width = Math.max(260, Math.min(WIDEST, this.part("plot").clientWidth || 560));
    if (this.room === width) return;
    this.room = width;
    const focused = document.activeElement?.closest?.(".plot svg") && this.el.contains(document.activeElement);
    const room = Math.max(320, 0.76 * innerHeight), whole = frameOf(this.data, width);
    this.frame = whole.height > room ? frameOf(this.data, Math.max(260, (width * room) / whole.height)) : whole;
    const { width: across, height } = this.frame;
    for (const one of this.el.querySelectorAll("[data-do=contours], [data-do=surface]")) one.setAttribute("aria-pressed", String(one.dataset.do === this.view));
    this.el.querySelector("[data-do=eigen]")?.setAttribute("aria-pressed", String(this.eigen));
    this.relief = null;
    if (this.view === "surface") {
      const told = `${this.el.querySelector("h1").textContent}, as a surface: the arrow keys turn it`;
      this.part("plot").innerHTML = `<canvas data-part="relief" tabindex="0" role="img" aria-label="${escaped(told)}" style="width:${across}px;height:${height}px"></canvas>${scaleHtml(this.data)}`;
      this.relief = new Relief(this.part("relief"), this.data);
      if (this.angle) [this.relief.turn, this.relief.tilt] = this.angle;
      this.draw();
      return;
    }
    const label = `${this.el.querySelector("h1").textContent}, to be clicked: Shift and the arrow keys move a point`;
    this.part("plot").innerHTML = `<svg data-part="picture" tabindex="0" role="group" aria-label="${escaped(label)}" width="${across}" height="${height}" viewBox="0 0 ${across} ${height}"><g transform="translate(${MARGINS.left} ${MARGINS.top})">${stillSvg(this.data, this.frame)}<g data-part="moving"></g></g></svg>${scaleHtml(this.data)}`;
    if (focused) this.part("picture").focus();
    this.draw();
  }

  draw() {
    const { data, step, last } = this;
    if (this.relief) this.relief.draw(this.paths, step, this.point);
    else this.part("moving").innerHTML = movingSvg(data, this.frame, this.paths, step, this.point, this.eigen ? this.seen("curvature") ?? [] : [], this.live && (this.wanted?.start ?? this.model.get("start")));
    const scrub = this.part("scrub");
    scrub.max = String(last);
    scrub.value = String(step);
    this.part("where").textContent = last ? `step ${step.toLocaleString("en")} of ${last.toLocaleString("en")}` : "no path";
    for (const of of this.el.querySelectorAll(".go button, .go input")) of.disabled = !last;
    const what = this.timer ? "pause" : "play";
    if (this.part("play").textContent.trim() !== what) this.part("play").innerHTML = `${icon(what)} ${what}`; // a click may be on the one that stands there
    this.part("paths").innerHTML = pathsHtml(data, this.paths, step);
    this.warn();
  }

  /** Tells what diverges, and what was asked for and cannot be. */
  warn() {
    const of = (which) => this.paths.filter((path) => path.note && Boolean(path.diverges) === which).map((path) => `${path.name} ${which ? "" : ": "}${path.note}.`.replace(" :", ":"));
    for (const [name, told] of [["alert", [this.said, ...of(true)]], ["notes", of(false)]]) {
      const text = told.filter(Boolean).join(" "), part = this.part(name);
      if (part.textContent !== text) part.textContent = text;
      part.hidden = !text;
    }
  }

  say(text) {
    this.said = text;
    this.warn();
  }

  /** The sliders and the fields of the start as they stand. */
  refresh() {
    if (!this.live) return;
    refreshRates(this.part("rates"), this.seen("rules") ?? []);
    this.fields(this.model.get("start"));
  }

  fields(start) {
    for (const input of this.el.querySelectorAll("[data-start]")) {
      if (input === document.activeElement && !this.dragged) continue;
      input.value = String(Number(start[input.dataset.start].toPrecision(8)));
      input.removeAttribute("aria-invalid");
    }
  }

  /** What is at the point that was clicked. */
  tell() {
    this.part("point").innerHTML = pointHtml(this.data, this.paths, this.point, this.command(), this.live);
  }

  command() {
    return this.data.command && this.point ? this.data.command.replace("{start}", () => this.point.join(",")) : "";
  }

  /** A slider is moved, or a number typed. */
  slid(input) {
    if (input.dataset.part === "scrub") this.go(Number(input.value));
    else if (input.dataset.rule !== undefined) {
      const asked = askedOf(input);
      if (asked.value === null) {
        this.say(`The ${input.dataset.which === "0" ? "learning rate is a number of at least 0" : "momentum is a number of at least 0 and below 1"}.`);
        return;
      }
      this.say("");
      for (const other of input.closest(".setting").querySelectorAll("input")) {
        if (other !== input) other.value = String(Number(asked.value.toPrecision(6)));
        other.removeAttribute("aria-invalid");
      }
      const now = this.seen("rules"), { turned, names, until } = this.sent ?? {};
      const pending = performance.now() < until && names.every((name, k) => now[k]?.name === name); // no answer to it yet, perhaps
      const rules = now.map((rule, k) => {
        const [learning_rate, momentum] = (pending && turned[k]) || [rule.learning_rate, rule.momentum];
        return { learning_rate, momentum };
      });
      this.sent = { turned: changed(rules, asked), names: now.map((rule) => rule.name), until: performance.now() + 5 * PATIENCE };
      this.ask({ turned: this.sent.turned });
    }
  }

  /** A field is left with what was typed. */
  set(input) {
    if (input.dataset.part === "scrub") this.keep();
    else if (input.dataset.start !== undefined) {
      const point = [...this.el.querySelectorAll("[data-start]")].map((one) => (one.value.trim() === "" ? NaN : Number(one.value)));
      const outside = point.findIndex((value, k) => !(value >= this.data.ranges[k][0] && value <= this.data.ranges[k][1]));
      input.setAttribute("aria-invalid", String(outside >= 0));
      if (outside >= 0) {
        const [low, high] = this.data.ranges[outside], name = this.data.names[outside];
        this.say(Number.isFinite(point[outside]) ? `${name} = ${number(point[outside])} lies outside the picture, which goes from ${number(low)} to ${number(high)}.` : `The start needs a number for ${name}.`);
      } else this.choose(point, true);
    }
  }

  /** Asks Python, once it has answered what it was asked before. */
  ask(what) {
    this.wanted = { ...this.wanted, ...what };
    if (!this.waiting) this.send();
  }

  send() {
    const wanted = this.wanted;
    this.wanted = null;
    if (!wanted) return;
    this.waiting = setTimeout(() => this.answered(), PATIENCE);
    this.save(wanted);
  }

  /** Lets Python have values: a host may take them as an event, "asked"; else all that the model has is sent. */
  save(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    const asked = new CustomEvent("asked", { detail: values, cancelable: true });
    if (this.el.dispatchEvent(asked)) this.model.save_changes();
  }

  answered(told) {
    clearTimeout(this.waiting);
    this.waiting = null;
    if (told !== undefined) this.say(told);
    if (told) this.sent = null; // it was refused
    if (this.wanted) this.send();
  }

  /** The start, or the surface, is taken hold of. */
  grasped(event) {
    if (event.button) return;
    const at = [event.clientX, event.clientY];
    if (event.target.closest(".grip")) this.dragged = { at, far: false };
    else if (event.target.closest("[data-part=relief]")) this.turning = at;
    else return;
    if (this.dragged) this.el.querySelector("[data-part=picture]").setPointerCapture?.(event.pointerId);
    else event.target.setPointerCapture?.(event.pointerId);
  }

  pulled(event) {
    const { clientX: x, clientY: y } = event;
    if (this.turning) {
      this.relief.turned((this.turning[0] - x) / 160, (y - this.turning[1]) / 200);
      this.turning = [x, y];
      this.turnedTo();
    } else if (this.dragged) {
      const { at, far } = this.dragged;
      if (!far && Math.hypot(x - at[0], y - at[1]) < 4) return;
      this.dragged.far = true;
      this.choose(this.placed(event), true);
    }
  }

  let() {
    if (this.dragged?.far) {
      this.moved = true; // the click that follows is none
      setTimeout(() => (this.moved = false));
    }
    this.dragged = this.turning = null;
  }

  turnedTo() {
    this.angle = [this.relief.turn, this.relief.tilt];
    this.relief.draw(this.paths, this.step, this.point);
  }

  /** The point of the axes where a pointer is. */
  placed(event) {
    const box = this.part("picture").getBoundingClientRect(), scale = this.frame.width / box.width;
    return this.frame.at((event.clientX - box.left) * scale - MARGINS.left, (event.clientY - box.top) * scale - MARGINS.top);
  }

  go(step) {
    this.step = Math.min(this.last, Math.max(0, step));
    this.draw();
  }

  keep() {
    this.save({ step: this.step });
  }

  play() {
    if (!this.last) return;
    if (this.step >= this.last) this.step = 0;
    const stride = Math.max(1, Math.ceil(this.last / FRAMES));
    this.timer = setInterval(() => {
      if (!this.el.isConnected) {
        this.end();
        return;
      }
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
      this.say("");
      this.ask({ start: point });
      this.fields(point);
    }
    this.draw();
    this.tell();
  }

  /** Python has followed the rules from another start. */
  begun() {
    clearInterval(this.timer);
    this.timer = null;
    this.part("where").removeAttribute("aria-live");
    const start = String(this.model.get("start")), shown = start !== this.begin && !this.dragged && !this.calm;
    this.begin = start;
    if (!this.wanted) this.fields(this.model.get("start"));
    this.said = "";
    this.step = shown ? 0 : Math.min(this.last, this.dragged ? this.last : this.model.get("step"));
    this.draw();
    if (this.point) this.tell();
    if (shown) this.play();
    this.answered();
  }

  clicked(event) {
    const what = event.target.closest("[data-do]")?.dataset.do;
    if (what) this.do(what);
    else if (event.target.closest("[data-part=picture]") && !this.moved) this.choose(this.placed(event), true);
  }

  do(what) {
    if (what === "play") {
      if (this.timer) this.pause();
      else this.play();
      return;
    }
    if (what === "contours" || what === "surface" || what === "eigen") {
      if (what === "eigen") this.eigen = !this.eigen;
      else this.view = what;
      this.save({ view: this.view, eigenvectors: this.eigen });
      this.room = 0;
      this.fit();
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

  copy() {
    return copied(this.part("point").querySelector(".command code"), this.part("point").querySelector("[data-do=copy]"));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target, shiftKey } = event;
    const own = target.closest?.("button, input, summary, a");
    if (target.type === "number") return;
    if (shiftKey && key.startsWith("Arrow")) this.move(key);
    else if (target.dataset?.part === "relief" && key.startsWith("Arrow")) {
      this.relief.turned({ ArrowLeft: 0.1, ArrowRight: -0.1 }[key] ?? 0, { ArrowUp: 0.1, ArrowDown: -0.1 }[key] ?? 0);
      this.turnedTo();
    } else if (own && (key === " " || key === "Enter" || (own.type === "range" && (key.startsWith("Arrow") || key === "Home" || key === "End")))) return;
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
    clearTimeout(this.waiting);
    this.watch.disconnect();
    this.unthemed();
  }
}

function render({ model, el }) {
  const shown = new Shown(model, el);
  return ending(el, () => shown.end());
}

export default { render };
