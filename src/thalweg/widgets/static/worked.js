// The page that steps: the network, the calculation line by line, and what is clicked; keys, guesses, notations, print.

import { aroundHtml, calculationHtml, judged } from "./calculation.js";
import { escaped } from "./formulas.js";
import { drawNetwork } from "./network_drawing.js";
import { givenTold, lineTold, thingTold } from "./panel.js";
import { OpenStep, phaseWord, stageWord } from "./steps.js";
import { frameHtml, leftOutHtml, menusHtml } from "./worked_frame.js";
import { goes } from "./worked_going.js";

class Page {
  constructor(model, el) {
    Object.assign(this, { model, el, data: model.get("data"), tried: 0, right: 0, history: [], judged: new Map(), selected: null });
    this.place = Math.min(model.get("step") ?? 0, this.data.steps.length - 1);
    this.line = model.get("line") ?? 0;
    this.notation = model.get("notation") || this.data.notation;
    this.form = model.get("form") || this.data.form;
    const hidden = model.get("hidden") ?? false;
    this.only = Array.isArray(hidden) ? new Set(hidden) : null; // the quantities that are hidden; null: all
    this.hides = this.only ? this.only.size > 0 : hidden;
    this.upTo = false;
    this.phased = model.get("phased") ?? false;
    this.revealed = new Set();
    el.classList.add("thalweg", "worked-picture");
    el.innerHTML = frameHtml();
    this.parts = Object.fromEntries([...el.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.listen();
    this.openStep();
    if (!this.line) this.toStage(model.get("phase"), { scroll: false });
  }

  // What is shown.

  /** Everything anew: another step, notation, or what is hidden. */
  openStep() {
    this.open = new OpenStep(this.data, this.place, this.notation, this.form);
    this.units = this.open.text.form === "units" ? this.open : new OpenStep(this.data, this.place, this.notation, "units");
    this.line = Math.max(0, Math.min(this.line, this.open.count - 1));
    this.hidden = (line) => this.hides && (!this.only || this.only.has(this.open.about[line].quantity)) && !this.open.isGiven(line) && !this.revealed.has(this.keyOf(line));
    this.unitHidden = (line) => this.units === this.open ? this.hidden(line) : this.hides && (!this.only || this.only.has(this.units.about[line].quantity)) && !this.units.isGiven(line);
    const around = aroundHtml(this.open);
    const { parts, data } = this;
    if (this.menusOf !== data) [parts.menus.innerHTML, parts.left.innerHTML] = [menusHtml(data), leftOutHtml(data)];
    this.menusOf = data;
    parts.title.textContent = data.steps.length > 1 ? data.title : this.open.step.title;
    parts.head.innerHTML = around.head;
    parts.foot.innerHTML = around.foot;
    this.el.querySelector('[data-menu="notation"]').value = this.open.text.notation;
    const form = this.el.querySelector('[data-menu="form"]');
    if (form) form.value = this.open.text.form;
    for (const [what, there] of [["example", this.examples().length > 1], ["step", data.steps.length > 1 || this.model.get("roams") === true], ["epoch", this.epochs() > 1]]) this.el.querySelector(`[data-pair="${what}"]`).hidden = !there;
    this.write();
  }

  write() {
    const ours = new Map([...this.judged].filter(([key]) => key.startsWith(`${this.place}:${this.open.text.of}:`)).map(([key, verdict]) => [Number(key.split(":")[2]), verdict]));
    this.parts.calculation.innerHTML = calculationHtml(this.open, this.hidden, ours);
    this.el.querySelector('[data-do="hide"]').setAttribute("aria-pressed", String(this.hides));
    this.el.querySelector('[data-do="hide"]').textContent = this.hides ? "Show values" : "Hide values";
    this.el.querySelector('[data-do="upto"]').setAttribute("aria-pressed", String(this.upTo));
    this.el.querySelector('[data-do="phased"]').setAttribute("aria-pressed", String(this.phased));
    this.score();
    this.look();
  }

  /** The line that is looked at: marked, drawn, told. */
  look() {
    const { open, parts } = this;
    const stage = open.stage(this.line);
    this.el.querySelectorAll(".calculation .line").forEach((element) => {
      const at = Number(element.dataset.at);
      element.classList.toggle("now", at === this.line);
      element.hidden = (this.upTo && at > this.line) || (this.phased && open.stage(at) !== stage);
      if (at === this.line) element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
    });
    this.el.querySelectorAll(".calculation section").forEach((section) => { section.hidden = ![...section.querySelectorAll(".line")].some((line) => !line.hidden) && (this.upTo || this.phased); });
    const phase = open.phase(this.line);
    parts.drawing.innerHTML = drawNetwork(this.data.network, { open: this.units, told: open, network: this.data.network, phase, example: this.example(), hidden: this.unitHidden, line: this.line, selected: this.selected?.key });
    parts.panel.classList.toggle("asked", this.selected !== null || this.asked === true);
    parts.panel.innerHTML = `<button type="button" class="close" data-do="close" aria-label="close">×</button>${this.told()}`;
    const step = open.step, steps = this.data.steps.length;
    const where = [steps > 1 ? `Step ${step.number} (${this.place + 1} of ${steps})` : `Step ${step.number}`, step.epoch ? `epoch ${step.epoch}` : "", this.examples().length > 1 ? `example ${this.example() + 1}` : "", this.phased ? `${stageWord(stage)} (phase ${open.stages.indexOf(stage) + 1} of ${open.stages.length})` : phaseWord(phase), `line ${this.line + 1} of ${open.count}`];
    parts.where.textContent = where.filter(Boolean).join(" · ");
    this.el.querySelector('[data-do="back"]').disabled = !this.history.length;
  }

  told() {
    const { open, selected } = this;
    if (selected?.kind === "given") return givenTold(open, selected.given);
    if (selected?.kind === "unit" || selected?.kind === "weight") return thingTold(this.units, selected.key, selected.kind, this.example(), this.unitHidden);
    return lineTold(open, this.line, this.hidden);
  }

  // Where one is.

  keyOf(line) {
    return `${this.place}:${this.open.text.of}:${line}`;
  }

  examples() {
    return [...new Set(this.open.about.map((_, line) => this.open.example(line)).filter((q) => q !== undefined))];
  }

  example() {
    return this.open.example(this.line) ?? this.lastExample ?? this.examples()[0] ?? 0;
  }

  epochs() {
    return new Set(this.data.steps.map((step) => step.epoch)).size;
  }

  remember() {
    this.history.push({ place: this.place, line: this.line, selected: this.selected });
    if (this.history.length > 200) this.history.shift();
  }

  // How one goes.

  to(line, { place = this.place, scroll = true } = {}) {
    if (place < 0 || place >= this.data.steps.length) return this.leave(Math.sign(place - this.place), line);
    const other = place !== this.place;
    this.selected = null;
    this.asked = false;
    if (other) this.place = place;
    this.line = line;
    if (other) this.openStep();
    this.line = Math.max(0, Math.min(this.line, this.open.count - 1));
    this.lastExample = this.open.example(this.line) ?? this.lastExample;
    this.look();
    this.tell();
    if (scroll) this.scroll();
  }

  /** A step before or after those that are here: where there is one behind this page, it is asked for. */
  leave(by, line) {
    if (this.model.get("roams") !== true) return;
    this.arrives = line;
    this.left = (this.left ?? 0) + 1; // counted, so that each is another value
    this.model.set("beyond", by * this.left);
    this.model.save_changes();
  }

  /** Other data: of another notation, or another step. */
  reload() {
    const { model } = this;
    const shape = () => JSON.stringify([...this.data.network.inputs, ...this.data.network.layers].map((of) => [of.name, of.size]));
    const before = shape();
    this.data = model.get("data");
    const same = shape() === before;
    if (!same || this.arrives !== undefined) this.line = this.arrives ?? 0;
    this.arrives = undefined;
    this.place = Math.min(this.data.place ?? model.get("step") ?? 0, this.data.steps.length - 1);
    const wanted = model.get("wanted") || this.notation;
    this.notation = this.data.notations.some((one) => one.name === wanted) ? wanted : this.data.notation;
    Object.assign(this, { history: [], selected: null, asked: false, lastExample: undefined });
    this.judged.clear();
    this.revealed.clear();
    this.openStep();
    this.tell();
  }

  /** The line comes into sight: gliding if it is near and motion is wanted. */
  scroll() {
    const now = this.el.querySelector(".calculation .line.now");
    if (!now) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(now.getBoundingClientRect().top) > 1.5 * window.innerHeight;
    now.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
  }

  tell() {
    this.model.set("line", this.line);
    this.model.set("step", this.place);
    this.model.set("notation", this.notation);
    this.model.set("form", this.form);
    this.model.set("phased", this.phased);
    this.model.set("phase", this.open.stage(this.line));
    this.model.save_changes();
  }

  /** To the first line of a phase by its name, unless one is in it. */
  toStage(stage, how) {
    if (this.open.stages.includes(stage) && this.open.stage(this.line) !== stage) this.to(this.open.linesOf(stage)[0], how);
  }

  jump(line, place = this.place) {
    this.remember();
    this.to(line, { place });
    this.asked = true;
    this.look();
  }

  select(selected) {
    this.remember();
    this.selected = selected;
    this.look();
  }

  back() {
    const from = this.history.pop();
    if (!from) return;
    this.to(from.line, { place: from.place });
    this.selected = from.selected;
    this.look();
  }

  hide() {
    this.hides = !this.hides;
    if (this.hides) this.revealed.clear();
    this.write();
  }

  reveal(line, verdict = "shown") {
    this.revealed.add(this.keyOf(line));
    this.judged.set(this.keyOf(line), verdict);
    this.write();
  }

  guess(input) {
    const line = Number(input.dataset.guess), { open } = this;
    if (!input.value.trim()) return;
    const value = open.value(line), [row, column] = (input.dataset.entry ?? "").split(",");
    const { right, told } = judged(input.value, value.matrix ? value.matrix[row][column] : value, this.data.digits);
    this.tried += 1;
    if (right) {
      this.right += 1;
      this.line = line;
      if (value.matrix && this.goOn(input)) return;
      this.reveal(line, "right");
      this.next(line);
      return;
    }
    const verdict = input.closest(".guess").querySelector(".verdict");
    input.setAttribute("aria-invalid", "true");
    verdict.textContent = `${input.value}: ${told}`;
    this.score();
  }

  /** A number of a matrix that is right: it stays as it is, and the next one is asked for; false after the last. */
  goOn(input) {
    input.readOnly = true;
    input.removeAttribute("aria-invalid");
    input.closest(".guess").querySelector(".verdict").textContent = "";
    this.score();
    const left = [...input.parentElement.querySelectorAll("input")].filter((one) => !one.readOnly);
    left[0]?.focus();
    return left.length > 0;
  }

  score() {
    const tried = this.tried ? `${this.right} right of ${this.tried} tried` : "";
    const told = this.hides ? "values are hidden: type one and press Enter" : "";
    this.parts.score.textContent = [tried, told].filter(Boolean).join(" · ");
  }

  /** The guess after this one, to go on typing. */
  next(line) {
    const inputs = [...this.el.querySelectorAll(".calculation [data-guess]")];
    inputs.find((input) => Number(input.dataset.guess) > line && !input.closest(".line").hidden)?.focus({ preventScroll: false });
  }

  /** Another notation or form: the same line, or in another form the first of its phase. */
  menu(name, value) {
    const phase = this.open.phase(this.line), of = this.open.text.of;
    if (name === "notation" && !this.data.notations.some((one) => one.name === value)) return this.want(value);
    this[name] = value;
    this.openStep();
    if (this.open.text.of !== of) {
      this.selected = null;
      this.line = Math.max(0, this.open.lines.findIndex((_, line) => this.open.phase(line) === phase));
      this.look();
    }
    this.tell();
  }

  /** A notation that is not here yet: it is asked for, and comes with other data. */
  want(notation) {
    this.parts.where.textContent = `The notation ${notation} is being written ...`;
    this.model.set("wanted", notation);
    this.model.save_changes();
  }

  // What is heard.

  listen() {
    this.el.addEventListener("click", (event) => this.clicked(event.target));
    this.el.addEventListener("change", (event) => event.target.dataset.menu && this.menu(event.target.dataset.menu, event.target.value));
    this.el.addEventListener("focusin", (event) => {
      const line = event.target.dataset?.guess;
      if (line !== undefined && Number(line) !== this.line && event.target.closest(".calculation")) this.to(Number(line), { scroll: false });
    });
    this.el.addEventListener("keydown", (event) => this.pressed(event));
    this.model.on?.("change:notation", () => this.model.get("notation") && this.model.get("notation") !== this.notation && this.menu("notation", this.model.get("notation")));
    this.model.on?.("change:line", () => this.model.get("line") !== this.line && this.to(this.model.get("line")));
    this.model.on?.("change:data", () => this.reload());
    this.model.on?.("change:phase", () => this.toStage(this.model.get("phase")));
    this.model.on?.("change:step", () => this.model.get("step") !== this.place && this.to(0, { place: this.model.get("step") }));
  }

  clicked(target) {
    const of = target.closest?.("[data-go], [data-do], [data-reveal], [data-before], [data-line], [data-given], [data-unit], [data-weight], [data-at], input, select, summary");
    if (!of) return;
    const { dataset } = of;
    if (dataset.go) goes(this, dataset.go, Number(dataset.by));
    else if (dataset.do) this.act(dataset.do);
    else if (dataset.reveal !== undefined) this.reveal(Number(dataset.reveal));
    else if (dataset.before !== undefined) this.jump(Number(dataset.before), this.place - 1);
    else if (dataset.line !== undefined) this.jump(Number(dataset.line));
    else if (dataset.given !== undefined) this.select({ kind: "given", given: Number(dataset.given), key: this.keyOfGiven(Number(dataset.given)) });
    else if (dataset.unit !== undefined) this.select({ kind: "unit", key: dataset.unit });
    else if (dataset.weight !== undefined) this.select({ kind: "weight", key: dataset.weight });
    else if (dataset.at !== undefined) this.to(Number(dataset.at), { scroll: of.closest(".panel") !== null });
  }

  keyOfGiven(given) {
    const about = this.open.given[given];
    return about.quantity === "weight" ? [about.layer, about.neuron, about.source ?? "", about.origin ?? ""].join("|") : undefined;
  }

  act(what) {
    if (what === "hide") this.hide();
    else if (what === "upto") [this.upTo, this.selected] = [!this.upTo, null], this.write();
    else if (what === "phased") [this.phased, this.selected] = [!this.phased, null], this.write(), this.tell();
    else if (what === "back") this.back();
    else if (what === "close") [this.selected, this.asked] = [null, false], this.look();
    else if (what === "print") window.print();
  }

  pressed(event) {
    const { target, key } = event;
    if (target.dataset?.guess !== undefined) {
      if (key === "Enter") this.guess(target);
      else if (key === "Escape") target.blur();
      return;
    }
    if (target.matches?.("select, textarea, input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Enter" && target.closest?.("[data-unit], [data-weight]")) return this.clicked(target);
    const keys = {
      ArrowRight: () => goes(this, "line", 1), ArrowLeft: () => goes(this, "line", -1),
      p: () => goes(this, "phase", 1), P: () => goes(this, "phase", -1), x: () => goes(this, "example", 1), X: () => goes(this, "example", -1),
      s: () => goes(this, "step", 1), S: () => goes(this, "step", -1), e: () => goes(this, "epoch", 1), E: () => goes(this, "epoch", -1),
      h: () => this.hide(), r: () => this.hidden(this.line) && this.reveal(this.line), u: () => this.act("upto"), o: () => this.act("phased"), b: () => this.back(),
      g: () => this.el.querySelector(`.calculation [data-guess="${this.line}"]`)?.focus(),
      n: () => this.nextNotation(), m: () => this.nextForm(), Escape: () => this.act("close"),
    };
    if (!keys[key]) return;
    event.preventDefault();
    keys[key]();
  }

  nextForm() {
    const forms = [...new Set(this.open.step.texts.map((text) => text.form))];
    if (forms.length > 1) this.menu("form", forms[(forms.indexOf(this.open.text.form) + 1) % forms.length]);
  }

  nextNotation() {
    const names = [...this.el.querySelector('[data-menu="notation"]').options].map((one) => one.value);
    this.menu("notation", names[(names.indexOf(this.open.text.notation) + 1) % names.length]);
  }
}

const OWN_KEYS = "input, textarea, select, [contenteditable], [role=tab], [role=combobox], [role=listbox], [role=menu], [role=dialog]";

/** The keys are heard wherever one is on the page that the picture stands in; gives what ends that. */
function hearsEverywhere(page) {
  const heard = (event) => {
    if (!page.el.isConnected) return document.removeEventListener("keydown", heard);
    const { target } = event;
    if (event.defaultPrevented || page.el.contains(target) || target.closest?.(OWN_KEYS) || !page.el.offsetParent) return undefined;
    return page.pressed(event);
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}

function render({ model, el }) {
  const page = new Page(model, el);
  el.tabIndex = -1;
  const stop = model.get("everywhere") === true ? hearsEverywhere(page) : () => undefined;
  return () => {
    stop();
    page.el.replaceChildren();
  };
}

export default { render };
