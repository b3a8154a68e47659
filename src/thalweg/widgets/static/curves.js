// The curves of runs: read by the pointer or by keys, shown and hidden by their names, gone through; new points come in at the end.

import { count, ending, number, shortened } from "./axes.js";
import { escaped } from "./formulas.js";
import { PLAYER_KEYS, Player, playerHtml } from "./player.js";
import { MARGIN, curvesOf, frameOf, look, near, panelSvg, swatch } from "./curves_drawing.js";

const KEYS = [...PLAYER_KEYS, ["l", "logarithmic scale"]];
const WIDEST = 900;
const NAMES = ["data", "tail", "log", "panels", "hidden"];

class Shown {
  constructor(model, el) {
    Object.assign(this, { model, el, hover: null, asked: 0 });
    this.given = Object.fromEntries(NAMES.map((name) => [name, model.get(name)])); // some hosts copy what is asked for
    el.classList.add("thalweg", "moving", "curves-picture");
    this.take();
    el.innerHTML = this.skeleton();
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    this.player = new Player(el, {
      last: () => this.stops.length - 1,
      words: (at) => (this.stops.length ? `at epoch ${count(this.stops[at] ?? 0)} of ${count(this.last)}` : "no epoch yet"),
      moved: () => this.soon(),
      kept: (at) => this.keep("epoch", at >= this.stops.length - 1 ? 0 : this.stops[at]),
    });
    el.addEventListener("click", (event) => this.clicked(event));
    el.addEventListener("keydown", (event) => this.pressed(event));
    const plots = this.part("plots");
    plots.addEventListener("pointermove", (event) => this.pointed(event));
    plots.addEventListener("pointerdown", (event) => this.pointed(event));
    plots.addEventListener("pointerleave", () => { this.hover = null; this.soon(); });
    for (const name of NAMES) model.on(`change:${name}`, () => {
      this.given[name] = model.get(name);
      this.stale = true;
      this.soon();
    });
    model.on("change:epoch", () => this.lookAt(model.get("epoch")));
    this.watch = new ResizeObserver(() => this.soon());
    this.watch.observe(plots);
    this.draw();
    this.lookAt(model.get("epoch"));
  }

  /** Once a frame, however often it is asked for. */
  soon() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.draw());
  }

  /** What Python has sent: all, and what came since. */
  take() {
    const { data, hidden, log, panels, tail } = this.given;
    this.stale = false;
    this.log = Boolean(log);
    this.hidden = new Set(hidden ?? []);
    this.data = { ...data, runs: data.runs.map((run, k) => {
      const came = tail?.[k];
      return came ? { ...run, ...came, curves: run.curves.map((curve) => joined(curve, came.curves[curve.name])) } : run;
    }) };
    const there = [...new Set(this.data.runs.flatMap((run) => run.curves.map((curve) => curve.panel)))];
    this.there = [...there.filter((name) => name === "losses"), ...there.filter((name) => name !== "losses")];
    this.panels = this.there.filter((name) => (panels ?? []).includes(name));
    this.last = Math.max(0, ...this.data.runs.map((run) => run.epochs));
    const first = this.data.runs.flatMap((run) => run.curves.slice(0, 1));
    this.stops = [...new Set(first.flatMap((curve) => curve.epochs))].sort((a, b) => a - b);
  }

  skeleton() {
    const { title } = this.data;
    return `${title ? `<h1>${escaped(title)}</h1>` : ""}<div data-part="ends"></div>
<div class="bar"><div class="set"><div class="legend" data-part="legend" role="group" aria-label="What is shown"></div><button type="button" data-do="log" title="l">Log scale</button></div>${playerHtml("epoch")}</div>
<div class="plots" data-part="plots"></div><div class="scroll" data-part="read" tabindex="0" role="group" aria-label="The numbers of the epoch"></div><p class="told" data-part="told"></p>
<details class="keys"><summary>Keys</summary><p>${KEYS.map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
  }

  get at() {
    return this.hover ?? this.stops[this.player.at] ?? 0;
  }

  draw() {
    this.asked = 0;
    if (this.stale) {
      const follows = this.player.at >= this.stops.length - 1, epoch = this.stops[this.player.at];
      this.take();
      this.player.at = follows ? Math.max(0, this.stops.length - 1) : Math.max(0, near(this.stops, epoch));
      this.player.write();
    }
    this.legend();
    this.ends();
    this.plots();
    this.read();
  }

  plots() {
    const plots = this.part("plots"), width = Math.max(260, Math.min(WIDEST, plots.clientWidth || 640));
    const until = this.player.at >= this.stops.length - 1 ? Infinity : this.stops[this.player.at];
    const { data, hidden, log, last } = this;
    this.frames = this.panels.map((panel, k) => {
      const height = panel === "losses" ? Math.round(Math.max(150, Math.min(280, width * 0.45))) : Math.round(Math.max(70, Math.min(110, width * 0.2)));
      const frame = frameOf(data, panel, { hidden, log, width, height, last });
      const title = panel === "losses" ? `loss${data.loss ? ` (${data.loss})` : ""}` : curvesOf(data, panel, new Set())[0].curve.title;
      const at = this.hover ?? (until === Infinity ? 0 : until);
      return { panel, title, ...panelSvg(data, panel, frame, { title, until, at, lowest: k === this.panels.length - 1 }), w: frame.w };
    });
    const key = this.panels.join("\n");
    if (this.drawn !== key) {
      this.drawn = key;
      plots.innerHTML = this.frames.map(() => '<svg tabindex="0" role="img"></svg>').join("");
    }
    [...plots.children].forEach((svg, k) => {
      const frame = this.frames[k];
      svg.setAttribute("viewBox", `0 0 ${width} ${frame.height}`);
      svg.setAttribute("aria-label", `${frame.title} over ${count(last)} epochs; the arrow keys read it`);
      svg.innerHTML = frame.svg;
    });
    this.width = width;
  }

  /** Names to be clicked: runs, curves, what else was recorded. */
  legend() {
    const { data, hidden, there, panels } = this, several = data.runs.length > 1;
    const button = (kind, name, text, on, mark) => `<button type="button" data-${kind}="${escaped(name)}" aria-pressed="${on}">${mark}<span>${shortened(text, 60)}</span></button>`;
    const runs = several ? data.runs.map((run, k) => button("run", run.name, run.name, !hidden.has(run.name), swatch(look(data, k, "loss"), true))) : [];
    const losses = [...new Map(data.runs.flatMap((run) => run.curves.filter((curve) => curve.panel === "losses").map((curve) => [curve.name, curve]))).values()];
    const curves = losses.map((curve) => {
      const looks = look(data, 0, curve.name);
      return button("curve", curve.name, curve.title, !hidden.has(curve.name), swatch(several ? { ...looks, colour: 6 } : looks, false));
    });
    const others = there.filter((name) => name !== "losses").map((name) => {
      const { curve } = curvesOf(data, name, new Set())[0];
      return button("panel", name, curve.title, panels.includes(name), several ? "" : swatch(look(data, 0, name), false));
    });
    const written = [...runs, ...curves, ...others].join("");
    if (written !== this.written) {
      this.written = written;
      const legend = this.part("legend"), focused = legend.contains(document.activeElement) ? [...legend.children].indexOf(document.activeElement) : -1;
      legend.innerHTML = written;
      if (focused >= 0) legend.children[focused]?.focus();
    }
    const log = this.el.querySelector("[data-do=log]");
    log.setAttribute("aria-pressed", String(this.log));
    log.hidden = !data.runs.length;
  }

  /** Why each run has ended, and where validation was best. */
  ends() {
    if (!this.data.title) return; // the page around it says it
    const several = this.data.runs.length > 1;
    const lines = this.data.runs.filter((run) => run.ended || (several && run.best)).map((run) => {
      const best = several && run.best?.[0] ? `; best: epoch ${count(run.best[0])}${run.best[1] === null ? "" : `, ${number(run.best[1], 5)}`}` : "";
      const ended = run.ended ? `stopped after epoch ${count(run.epochs)}: ${escaped(run.ended)}` : `epoch ${count(run.epochs)}`;
      return `<p class="told">${several ? `<b>${escaped(run.name)}</b>: ` : ""}${several ? ended : ended.replace("stopped", "Stopped")}${best}.</p>`;
    });
    const written = lines.join("");
    if (written !== this.ended) this.part("ends").innerHTML = this.ended = written;
  }

  /** The numbers of the epoch that is looked at, and what cannot be shown. */
  read() {
    const { data, hidden, at, panels } = this;
    const seen = panels.flatMap((panel) => curvesOf(data, panel, hidden));
    const names = [...new Map(seen.map(({ curve }) => [curve.name, curve.title])).entries()];
    const runs = [...new Set(seen.map((of) => of.number))];
    let other = false;
    const rows = runs.map((of) => {
      const cells = names.map(([name]) => {
        const curve = seen.find((one) => one.number === of && one.curve.name === name)?.curve, k = curve ? near(curve.epochs, at) : -1;
        if (k < 0) return "<td></td>";
        const apart = curve.epochs[k] !== at;
        other = other || apart;
        return `<td>${number(curve.values[k], 6)}${apart ? ` <small>(${count(curve.epochs[k])})</small>` : ""}</td>`;
      });
      return `<tr><th scope="row">${data.runs.length > 1 ? shortened(data.runs[of].name, 60) : `at epoch ${count(at)}`}</th>${cells.join("")}</tr>`;
    });
    const head = names.map(([, title]) => `<th scope="col">${shortened(title, 40)}</th>`).join("");
    this.part("read").innerHTML = rows.length && at ? `<table><thead><tr><th scope="col">${data.runs.length > 1 ? `epoch ${count(at)}` : ""}</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>` : "";
    const told = [];
    const stride = Math.max(1, ...seen.map(({ curve }) => curve.stride));
    if (stride > 1) told.push(`Of each ${count(stride)} epochs the least and the greatest value are shown${other ? "; in brackets the epoch of a number that is of another one" : ""}.`);
    for (const { run, curve } of seen) if (curve.left_out) told.push(`${data.runs.length > 1 ? `${escaped(run.name)}, ` : ""}${escaped(curve.title)}: ${count(curve.left_out)} ${curve.left_out === 1 ? "value is" : "values are"} not finite, and a gap.`);
    if (this.log) for (const { run, curve } of seen) {
      if (!curve.counts && panels.includes(curve.panel) && curve.panel === "losses" && curve.values.some((value) => value !== null && value <= 0)) told.push(`${data.runs.length > 1 ? `${escaped(run.name)}, ` : ""}${escaped(curve.title)}: values of 0 and below are not on a logarithmic scale.`);
    }
    if (!this.last) told.push("No epoch has ended yet.");
    const written = told.join(" ");
    if (written !== this.told) this.part("told").innerHTML = this.told = written;
  }

  pointed(event) {
    const box = event.target.closest?.(".plots svg")?.getBoundingClientRect();
    if (!box || !this.frames.length || this.player.playing) return;
    const share = ((event.clientX - box.left) * (this.width / box.width) - MARGIN) / this.frames[0].w;
    const epoch = 1 + Math.min(1, Math.max(0, share)) * (Math.max(2, this.last) - 1);
    const k = near(this.stops, epoch);
    this.hover = k < 0 ? null : this.stops[k];
    if (event.type === "pointerdown" && k >= 0) this.player.rest(k);
    this.soon();
  }

  lookAt(epoch) {
    const wanted = epoch ? near(this.stops, epoch) : this.stops.length - 1;
    if (wanted !== this.player.at && !this.player.playing) this.player.to(Math.max(0, wanted));
  }

  clicked(event) {
    const of = event.target.closest?.("[data-run], [data-curve], [data-panel], [data-do=log]");
    if (!of) return;
    if (of.dataset.do === "log") this.turn();
    else if (of.dataset.panel) {
      const panels = this.panels.includes(of.dataset.panel) ? this.panels.filter((name) => name !== of.dataset.panel) : [...this.panels, of.dataset.panel];
      this.keep("panels", panels);
    } else {
      const name = of.dataset.run ?? of.dataset.curve;
      this.keep("hidden", this.hidden.has(name) ? [...this.hidden].filter((one) => one !== name) : [...this.hidden, name]);
    }
  }

  turn() { this.keep("log", !this.log); }

  keep(name, value) {
    this.model.set(name, value);
    this.stale = true;
    this.soon();
    this.model.save_changes();
  }

  pressed(event) {
    if (event.key === "l" && !event.ctrlKey && !event.metaKey && !event.altKey) this.turn();
    else {
      this.hover = null;
      if (!this.player.pressed(event)) return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  end() {
    this.player.end();
    this.watch.disconnect();
  }
}

/** A curve with what came since. */
function joined(curve, came) {
  if (!came) return curve;
  const kept = curve.epochs.findIndex((epoch) => epoch >= came.from), end = kept < 0 ? curve.epochs.length : kept;
  return { ...curve, ...came, epochs: [...curve.epochs.slice(0, end), ...came.epochs], values: [...curve.values.slice(0, end), ...came.values] };
}

function render({ model, el }) {
  const shown = new Shown(model, el);
  return ending(el, () => shown.end());
}

export default { render };
