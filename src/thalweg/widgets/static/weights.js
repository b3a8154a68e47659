// A network's weights by width and colour, and what each unit says of two inputs, at a moment: live, or gone through.

import { count, ending, number, shortened } from "./axes.js";
import { escaped } from "./formulas.js";
import { PLAYER_KEYS, Player, playerHtml } from "./player.js";

const ACROSS = 150, R = 13, MAP = 36, MOST_EDGES = 1200;
const COLOURS = [[198, 81, 2], [240, 240, 240], [11, 85, 159]]; // of a map: below 0, 0, above

class Shown {
  constructor(model, el) {
    Object.assign(this, { model, el, selected: null, hover: null, asked: 0, fresh: true });
    el.classList.add("thalweg", "moving", "network-picture");
    this.take();
    const { title } = this.data;
    el.innerHTML = `${title ? `<h1>${escaped(title)}</h1>` : ""}<div class="bar">${playerHtml("frame")}<p class="told" data-part="moment"></p></div>
<div class="wide" data-part="drawing"></div><p class="told hover" data-part="hover"></p><p class="told" data-part="note"></p><div data-part="unit" aria-live="polite"></div>
<details class="keys"><summary>Keys</summary><p>${[...PLAYER_KEYS, ["Tab, Enter", "a unit, its numbers"], ["Esc", "no unit"]].map(([key, what]) => `<span><kbd>${key}</kbd> ${what}</span>`).join("")}</p></details>`;
    this.part = (name) => el.querySelector(`[data-part=${name}]`);
    this.player = new Player(el, {
      last: () => this.frames.length - 1,
      words: (at) => (this.live ? "" : words(this.frames[at])),
      moved: () => this.soon(),
      kept: (at) => { model.set("frame", at); model.save_changes(); },
    });
    this.player.to(model.get("frame") ?? 0);
    model.on("change:data", () => { this.take("data"); this.fresh = true; this.selected = null; this.soon(); });
    for (const name of ["frames", "now"]) model.on(`change:${name}`, () => { this.take(name); this.player.write(); this.soon(); });
    model.on("change:frame", () => { if (!this.player.playing && model.get("frame") !== this.player.at) this.player.to(model.get("frame")); });
    el.addEventListener("click", (event) => this.choose(event.target.closest?.("[data-unit]")));
    el.addEventListener("keydown", (event) => this.pressed(event));
    el.addEventListener("pointerover", (event) => {
      const edge = event.target.closest?.("[data-edge]");
      this.hover = edge ? edge.dataset.edge : null;
      this.tell();
    });
    this.draw();
  }

  /** What Python has sent: one value of it, or all at first; some hosts copy what is asked for. */
  take(only) {
    if (!only || only === "data") this.data = this.model.get("data");
    if (!only || only === "frames") this.frames = this.model.get("frames") ?? [];
    if (!only || only === "now") this.now = this.model.get("now") ?? {};
    this.live = Object.keys(this.now).length > 0;
    const all = this.live ? [...this.frames, this.now] : this.frames;
    this.largest = Math.max(0, ...all.map((frame) => largest(frame))) || 1;
  }

  get frame() {
    return this.live ? this.now : this.frames[Math.min(this.player.at, this.frames.length - 1)];
  }

  soon() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.asked = 0;
    const { frame } = this;
    if (this.fresh) this.build();
    if (frame) this.colour(frame);
    const moment = this.live || this.frames.length < 2 ? words(frame) : "";
    if (this.part("moment").textContent !== moment) this.part("moment").textContent = moment;
    this.el.querySelector(".go").hidden = this.live || this.frames.length < 2;
    this.tell();
    this.unit();
  }

  /** Units and lines, which stay where they are. */
  build() {
    this.fresh = false;
    const { data } = this, { columns } = data, inputs = columns.filter((column) => column.input);
    const size = data.maps ? MAP : 2 * R, down = size + (data.maps ? 12 : 20);
    const place = new Map();
    const rows = Math.max(inputs.reduce((sum, column) => sum + column.drawn, 0), ...columns.map((column) => column.drawn));
    const height = Math.max(rows, 2) * down + 16, tall = height + 44;
    let before = 0;
    columns.forEach((column, k) => {
      const at = column.input ? 0 : k - inputs.length + 1, x = 60 + at * ACROSS;
      const many = column.input ? inputs.reduce((sum, one) => sum + one.drawn, 0) : column.drawn;
      const top = (height - many * down) / 2 + down / 2 + (column.input ? before : 0);
      if (column.input) before += column.drawn * down;
      Object.assign(column, { x, bottom: top + (column.drawn - 1) * down + size / 2 });
      for (let unit = 0; unit < column.drawn; unit += 1) place.set(`${column.name}|${unit}`, { x, y: top + unit * down });
    });
    const width = 60 + (columns.length - inputs.length) * ACROSS + 80;
    const lines = [];
    this.edges = [];
    for (const column of columns) for (const source of column.sources) {
      const from = columns.find((one) => one.name === source);
      for (let to = 0; to < column.drawn; to += 1) for (let of = 0; of < from.drawn; of += 1) {
        if (this.edges.length >= MOST_EDGES) continue;
        const a = place.get(`${source}|${of}`), b = place.get(`${column.name}|${to}`), r = size / 2, ra = from.input ? R : r;
        const far = column.x - from.x > ACROSS * 1.5;
        const d = far ? `M${a.x + ra} ${a.y}Q${(a.x + b.x) / 2} ${Math.min(a.y, b.y) - 34} ${b.x - r} ${b.y}` : `M${a.x + ra} ${a.y}L${b.x - r} ${b.y}`;
        this.edges.push({ layer: column.name, to, source, of });
        lines.push(`<g data-edge="${this.edges.length - 1}"><path class="hit" d="${d}"/><path class="wire" d="${d}"/></g>`);
      }
    }
    const units = columns.map((column) => {
      const drawn = [];
      for (let unit = 0; unit < column.drawn; unit += 1) {
        const { x, y } = place.get(`${column.name}|${unit}`);
        const name = this.nameOf(column, unit);
        const label = escaped(column.input ? `input ${name}` : `unit ${unit + 1} of ${column.name}, ${column.activation}`);
        const shape = data.maps && !column.input
          ? `<image x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" preserveAspectRatio="none"/><rect class="edgeline" x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" rx="4"/>`
          : `<circle cx="${x}" cy="${y}" r="${R}"/>`;
        const open = column.input ? `<g class="unit input"><title>${label}</title>` : `<g class="unit" data-unit="${escaped(`${column.name}|${unit}`)}" tabindex="0" role="button" aria-label="${label}"><title>${label}</title>`;
        const beside = column.input && data.names.length ? `<text class="beside" x="${x}" y="${y - R - 4}" style="text-anchor:middle">${shortened(name, 16)}</text>` : "";
        drawn.push(`${open}${shape}</g>${beside}`);
      }
      const more = column.size > column.drawn ? `<tspan x="${column.x}" dy="13">${count(column.size - column.drawn)} more</tspan>` : "";
      return `${drawn.join("")}<text class="column" x="${column.x}" y="${column.bottom + 16}">${shortened(column.name, 18)}${column.input ? "" : `<tspan class="activation" x="${column.x}" dy="13">${shortened(column.activation, 18)}</tspan>`}${more}</text>`;
    });
    const told = columns.map((column) => `${column.name} ${column.size}`).join(", ");
    this.part("drawing").innerHTML = `<svg class="diagram" viewBox="0 0 ${width} ${tall}" role="group" aria-label="${escaped(`The network: ${told}`)}">${lines.join("")}${units.join("")}</svg>`;
    const lone = [...this.part("drawing").querySelectorAll("[data-edge]")];
    this.lines = lone.map((group) => group.lastElementChild);
    const held = (data.maps?.held ?? []).map(([name, value]) => `${shortened(name)} = ${shortened(value)}`);
    const maps = data.maps ? ` Each unit shows its response over ${data.maps.names.map((name) => shortened(name)).join(" and ")}${held.length ? ` (held: ${held.slice(0, 8).join(", ")}${held.length > 8 ? ", …" : ""})` : ""}: blue above 0, orange below.` : "";
    this.part("note").innerHTML = `Blue: positive weights; orange, dashed: negative; wide: large. ${count(data.parameters)} parameters.${maps}`;
  }

  nameOf(column, unit) {
    const offset = this.data.columns.filter((one) => one.input).indexOf(column);
    return offset === 0 && this.data.names[unit] !== undefined ? this.data.names[unit] : `${column.name} ${unit + 1}`;
  }

  colour(frame) {
    this.edges.forEach(({ layer, to, source, of }, k) => {
      const weight = frame.weights[layer][source][to][of], line = this.lines[k];
      const share = weight === null ? 1 : Math.min(1, Math.abs(weight) / this.largest);
      line.setAttribute("class", `wire${weight < 0 ? " minus" : ""}${String(k) === this.hover ? " on" : ""}`);
      line.style.strokeWidth = (0.5 + 5 * share).toFixed(2);
      line.style.opacity = (0.22 + 0.73 * share).toFixed(2);
    });
    if (!this.data.maps || !frame.maps) return;
    for (const group of this.part("drawing").querySelectorAll("[data-unit]")) {
      const [layer, unit] = this.unitOf(group.dataset.unit), map = frame.maps[layer]?.[unit];
      group.querySelector("image").setAttribute("href", map ? imageOf(map, this.data.maps.shape).toDataURL() : "");
    }
  }

  unitOf(key) {
    const cut = key.lastIndexOf("|");
    return [key.slice(0, cut), Number(key.slice(cut + 1))];
  }

  /** The weight that the pointer is on. */
  tell() {
    const { frame } = this, edge = this.hover === null ? null : this.edges[Number(this.hover)];
    this.lines.forEach((line, k) => line.classList.toggle("on", String(k) === this.hover));
    this.part("hover").textContent = edge && frame ? `${edge.layer} ${edge.to + 1} from ${this.nameOf(this.data.columns.find((one) => one.name === edge.source), edge.of)}: ${number(frame.weights[edge.layer][edge.source][edge.to][edge.of], 4)}` : "";
  }

  choose(of) {
    if (!of) return;
    this.selected = this.selected === of.dataset.unit ? null : of.dataset.unit;
    this.unit();
  }

  /** The numbers of the unit that was chosen. */
  unit() {
    const part = this.part("unit"), { frame, selected } = this;
    for (const group of this.part("drawing").querySelectorAll("[data-unit]")) group.classList.toggle("on", group.dataset.unit === selected);
    if (!selected || !frame) {
      if (part.firstChild) part.replaceChildren();
      return;
    }
    const [layer, unit] = this.unitOf(selected), rows = [];
    const bias = frame.biases[layer]?.[unit];
    if (bias !== undefined) rows.push(["bias", bias]);
    for (const [source, weights] of Object.entries(frame.weights[layer])) weights[unit].forEach((weight, of) => rows.push([`from ${this.nameOf(this.data.columns.find((one) => one.name === source), of)}`, weight]));
    const map = frame.maps?.[layer]?.[unit];
    const told = map ? `<p class="told">Its response: ${number(map[0], 3)} to ${number(map[1], 3)}.</p>` : "";
    part.innerHTML = `<h2>Unit ${unit + 1} of ${escaped(layer)}</h2>${told}<div class="scroll"><table><tbody>${rows.map(([name, value]) => `<tr><th scope="row">${shortened(name)}</th><td>${number(value, 4)}</td></tr>`).join("")}</tbody></table></div>`;
    if (map) {
      const canvas = imageOf(map, this.data.maps.shape);
      canvas.className = `big${this.data.maps.shape[0] === 1 ? " strip" : ""}`;
      part.querySelector(".told").after(canvas);
    }
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const of = event.target.closest?.("[data-unit]");
    if (of && event.key === "Enter") this.choose(of);
    else if (event.key === "Escape" && this.selected) {
      this.selected = null;
      this.unit();
    } else if (this.live || !this.player.pressed(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  end() { this.player.end(); }
}

const words = (frame) => (frame ? `at epoch ${count(frame.epoch)}${frame.update && frame.update !== frame.epoch ? ` · update ${count(frame.update)}` : ""}` : "nothing yet");

const known = new WeakMap();

/** The largest weight of a frame, without its sign. */
function largest(frame) {
  if (!known.has(frame)) known.set(frame, largestOf(frame));
  return known.get(frame);
}

function largestOf(frame) {
  let most = 0;
  for (const sources of Object.values(frame.weights)) for (const rows of Object.values(sources)) for (const row of rows) for (const weight of row) most = Math.max(most, Math.abs(weight ?? 0));
  return most;
}

/** What a unit says of two inputs, as pixels. */
function imageOf([low, high, cells], [rows, columns]) {
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d"), read = atob(cells);
  [canvas.width, canvas.height] = [columns, rows];
  const image = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) {
    const at = (read.charCodeAt((rows - 1 - row) * columns + column) / 255) * 2, k = Math.min(1, Math.floor(at));
    image.data.set([...[0, 1, 2].map((of) => COLOURS[k][of] + (COLOURS[k + 1][of] - COLOURS[k][of]) * (at - k)), 255], 4 * (row * columns + column));
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Of a run: its weights, gone through or live. */
export function showWeights({ model, el }) {
  const shown = new Shown(model, el);
  return ending(el, () => shown.end());
}
