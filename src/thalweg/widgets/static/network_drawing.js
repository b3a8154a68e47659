// The network drawn with the numbers of a step: units in columns, connections between them, each to be clicked.

import { escaped, plain, rounded } from "./formulas.js";
import { phaseWord, unitKey, weightKey } from "./steps.js";

const R = 23, ACROSS = 156, DOWN = 72, MOST_NUMBERED = 24;

/** Which columns there are, which of their units are drawn, and where. */
export function layout(network) {
  const columns = [...network.inputs.map((of) => ({ ...of, input: true })), ...network.layers];
  const first = network.inputs.length;
  const place = new Map();
  columns.forEach((column, at) => {
    column.x = at < first ? 46 : 46 + (at - first + 1) * ACROSS;
    column.rows = column.drawn + (column.size > column.drawn ? 0.4 : 0);
  });
  const height = Math.max(...columns.slice(first).map((column) => column.rows), columns.slice(0, first).reduce((sum, of) => sum + of.rows, 0)) * DOWN;
  let top = 0;
  columns.forEach((column, at) => {
    const rows = at < first ? columns.slice(0, first).reduce((sum, of) => sum + of.rows, 0) : column.rows;
    const begin = (height - rows * DOWN) / 2 + (at < first ? top : 0) + DOWN / 2;
    if (at < first) top += column.rows * DOWN;
    column.begin = begin;
    for (let unit = 0; unit < column.drawn; unit += 1) {
      place.set(unitKey(column.name, unit), { x: column.x, y: begin + unit * DOWN });
    }
  });
  const last = columns.at(-1);
  return { columns, place, width: last.x + 118, height: height + 38 };
}

/** The connections between units that are drawn. */
function edges(network, place) {
  const found = [];
  for (const layer of network.layers) {
    for (let to = 0; to < layer.drawn; to += 1) {
      for (const source of layer.sources) {
        const size = [...network.inputs, ...network.layers].find((of) => of.name === source).drawn;
        for (let origin = 0; origin < size; origin += 1) {
          found.push({ layer: layer.name, neuron: to, source, origin, from: place.get(unitKey(source, origin)), to: place.get(unitKey(layer.name, to)) });
        }
      }
    }
  }
  return found;
}

/** What stands at units and connections in a phase, the first that the step has. */
const AT_UNITS = { forward: ["output", "input"], error: ["output", "input"], backward: ["sensitivity", "input"], gradient: ["sensitivity", "input"], update: ["output", "input"], after: ["output", "input"] };
const AT_WEIGHTS = { forward: [], error: [], backward: [], gradient: ["gradient", "example_gradient"], update: ["new_weight"], after: ["new_weight"] };
const UNIT_WORDS = { forward: "outputs", error: "outputs", backward: "sensitivities", gradient: "sensitivities", update: "outputs", after: "outputs" };
const WEIGHT_WORDS = { gradient: "gradients", update: "new weights", after: "new weights" };

/** What stands at the connections: while single gradients are looked at, those of the example. */
function atWeights({ told, phase, line }) {
  return told.about[line]?.quantity === "example_gradient" ? ["example_gradient"] : AT_WEIGHTS[phase];
}

/** The weights before the step, by their places: what the lines were given. */
function weightsBefore(open) {
  const found = new Map();
  open.given.forEach((about, at) => { if (about.quantity === "weight") found.set(weightKey(about), { value: Number(open.of.given_values[at]), name: about.weight }); });
  return found;
}

/**
 * The drawing as SVG. `view` says the step unit by unit (`open`) and as it is `told`, the `line` and `example` that are
 * looked at, the `phase`, what is hidden (`hidden(line)`), and what is `selected` (a unit's or a weight's key).
 */
export function drawNetwork(network, view) {
  const { columns, place, width, height } = layout(network);
  const { open, phase, example, hidden } = view;
  const lineOf = (lines, kinds) => {
    for (const kind of kinds) {
      const found = (lines ?? []).filter((line) => open.about[line].quantity === kind);
      const own = found.find((line) => open.about[line].example === example) ?? found.find((line) => open.about[line].example === undefined);
      if (own !== undefined) return own;
    }
    return undefined;
  };
  const shown = (line, digits = 4) => (hidden(line) ? "?" : rounded(open.value(line), Math.min(digits, open.data.digits)).replace("-", "−"));
  const now = lit(view);
  const all = edges(network, place), before = weightsBefore(open), numbered = all.length <= MOST_NUMBERED;
  const paths = [], numbers = [], taken = [];
  all.forEach((edge) => {
    const key = weightKey(edge), line = lineOf(open.ofWeight.get(key), atWeights(view));
    const known = before.get(key);
    const text = line !== undefined ? shown(line, phase === "gradient" ? 3 : 4) : known ? rounded(known.value, 4).replace("-", "−") : "";
    const on = now.has(key) || view.selected === key;
    const label = `${known?.name ?? `weight to ${edge.layer} ${edge.neuron + 1} from ${edge.source} ${edge.origin + 1}`}${text ? `, ${text}` : ""}`;
    const { from, to } = edge;
    const far = columns.findIndex((of) => of.name === edge.layer) - columns.findIndex((of) => of.name === edge.source) > 1 && !columns.find((of) => of.name === edge.layer).input && to.x - from.x > ACROSS * 1.5;
    const bend = far ? -46 : 0;
    const d = far ? `M${from.x + R} ${from.y}Q${(from.x + to.x) / 2} ${Math.min(from.y, to.y) + bend} ${to.x - R} ${to.y}` : `M${from.x + R} ${from.y}L${to.x - R} ${to.y}`;
    const value = line !== undefined ? open.value(line) : known?.value;
    const size = value === undefined || (line !== undefined && hidden(line)) ? 1.2 : 0.9 + Math.min(2.4, Math.abs(value) * 1.6);
    const kind = `edge${on ? " on" : ""}${value < 0 ? " negative" : ""}`;
    paths.push(`<g class="${kind}" data-weight="${escaped(key)}" tabindex="0" role="button" aria-label="${escaped(label)}"><path class="hit" d="${d}"/><path class="seen" d="${d}" style="stroke-width:${size.toFixed(2)}"/></g>`);
    if (text && (numbered || on)) {
      const at = free(taken, text, (share) => onEdge(edge, far ? bend : 0, share));
      numbers.push(`<text class="weight${on ? " on" : ""}" data-weight="${escaped(key)}" x="${at.x.toFixed(1)}" y="${(at.y + 4).toFixed(1)}">${text}</text>`);
    }
  });
  const units = columns.map((column) => columnOf(column, { open, place, view, lineOf, shown, now, before, phase }));
  const told = `${UNIT_WORDS[phase]} in the units, ${WEIGHT_WORDS[phase] ?? "weights before the step"} on the connections`;
  const label = `The network with the ${told}`;
  return `<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="${escaped(label)}">${paths.join("")}${numbers.join("")}${units.join("")}</svg>
<p class="caption">${phaseWord(phase)}: ${told}.</p>`;
}

/** A point of a connection, at a share of its way; one that passes a layer is bent. */
function onEdge({ from, to }, bend, share) {
  const x = from.x + R + (to.x - from.x - 2 * R) * share;
  if (!bend) return { x, y: from.y + (to.y - from.y) * share };
  const middle = Math.min(from.y, to.y) + bend, back = 1 - share;
  return { x, y: back * back * from.y + 2 * back * share * middle + share * share * to.y };
}

/** The first place on a connection where a number covers no other; where there is none, the one that covers least. */
function free(taken, text, at) {
  const half = 3.3 * text.length + 3;
  let best;
  for (const share of [0.32, 0.5, 0.68, 0.24, 0.41, 0.59, 0.77, 0.18, 0.84]) {
    const point = at(share);
    const covered = taken.filter((one) => Math.abs(one.x - point.x) < half + one.half && Math.abs(one.y - point.y) < 14).length;
    if (!best || covered < best.covered) best = { ...point, half, covered };
    if (!covered) break;
  }
  taken.push(best);
  return best;
}

/** The units of a column, its name, and its biases. */
function columnOf(column, { open, place, view, lineOf, shown, now, before, phase }) {
  const out = [];
  for (let unit = 0; unit < column.drawn; unit += 1) {
    const key = unitKey(column.name, unit), { x, y } = place.get(key);
    const line = lineOf(open.ofUnit.get(key), AT_UNITS[phase]);
    const whole = line === undefined ? "" : shown(line), text = whole.length > 7 ? shown(line, 3) : whole;
    const name = line === undefined ? "" : plain(open.name(line));
    const on = now.has(key) || view.selected === key;
    const note = line === undefined ? "" : open.note(line);
    const label = `${column.input ? "input" : "unit"} ${column.name} ${unit + 1}${text ? `: ${name} = ${whole}` : ""}${note ? `, ${note}` : ""}`;
    out.push(`<g class="unit${on ? " on" : ""}${column.input ? " input" : ""}" data-unit="${escaped(key)}" tabindex="0" role="button" aria-label="${escaped(label)}"><title>${escaped(label)}</title><circle cx="${x}" cy="${y}" r="${R}"/><text x="${x}" y="${y + 4}"${text.length > 6 ? ` style="font-size:${text.length > 8 ? 8.5 : 9.8}px"` : ""}>${text}</text></g>`);
    if (note) {
      const [short] = note.split(","), cut = short.length > 19 ? `${short.slice(0, 18)}…` : short;
      const [left, up] = column.input ? [x - R - 20, y - R - 5] : [x + R + 6, y - 9];
      out.push(`<text class="beside" x="${left}" y="${up}">${escaped(cut)}</text>`);
    }
    const bias = { layer: column.name, neuron: unit }, biasKey = weightKey(bias);
    const made = lineOf(open.ofWeight.get(biasKey), atWeights(view)), known = before.get(biasKey);
    if (!column.input && column.bias && (made !== undefined || known)) {
      const value = made !== undefined ? shown(made) : rounded(known.value, 4).replace("-", "−");
      const told = now.has(biasKey) || view.selected === biasKey ? " on" : "";
      out.push(`<text class="bias${told}" data-weight="${escaped(biasKey)}" tabindex="0" role="button" aria-label="bias of ${escaped(column.name)} ${unit + 1}: ${value}" x="${x}" y="${y + R + 14}">${made === undefined ? `+ ${value}`.replace("+ −", "− ") : value}</text>`);
    }
    if (!column.input && column === view.network.layers.at(-1)) {
      const target = lineOf(open.ofUnit.get(key), ["target"]);
      if (target !== undefined) out.push(`<text class="target" x="${x + R + 6}" y="${y + 5}">${escaped(plain(open.name(target)))} ${shown(target)}</text>`);
    }
  }
  if (column.size > column.drawn) {
    const y = column.begin + column.drawn * DOWN - DOWN * 0.28;
    out.push(`<text class="more" x="${column.x}" y="${y + 4}">⋮ ${(column.size - column.drawn).toLocaleString("en")} more</text>`);
  }
  const short = (text) => escaped(text.length > 17 ? `${text.slice(0, 16)}…` : text);
  const below = column.begin + (column.rows - 0.5) * DOWN + 16;
  out.push(`<text class="column" x="${column.x}" y="${below}">${short(column.name)}${column.input ? "" : `<tspan class="activation" x="${column.x}" dy="13">${short(column.activation)}</tspan>`}</text>`);
  return out.join("");
}

/** What the line that is looked at is about, and what it is made of; `told` is the step as it is read. */
function lit({ told, line, network }) {
  const keys = new Set();
  if (line === undefined || line < 0) return keys;
  const units = (name) => [...Array([...network.inputs, ...network.layers].find((of) => of.name === name)?.drawn ?? 0).keys()];
  const enter = (about) => {
    const { layer, neuron, source, origin } = about, weight = "weight" in about || about.quantity === "weight" || ["part", "delta", "new_weight", "gradient", "example_gradient"].includes(about.quantity);
    if (about.quantity === "input") (origin === undefined ? units(source) : [origin]).forEach((unit) => keys.add(unitKey(source, unit)));
    else if (layer === undefined) return;
    else if (!weight) (neuron === undefined ? units(layer) : [neuron]).forEach((unit) => keys.add(unitKey(layer, unit)));
    else for (const to of neuron === undefined ? units(layer) : [neuron]) for (const from of source === undefined || origin !== undefined ? [origin] : units(source)) keys.add(weightKey({ layer, neuron: to, source, origin: from }));
  };
  enter(told.about[line]);
  for (const made of told.madeOf(line)) enter(made.line === undefined ? told.given[made.given] : told.about[made.line]);
  return keys;
}
