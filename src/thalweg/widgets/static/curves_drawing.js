// Curves over the epochs as SVG, a panel for the losses and one for whatever else was recorded.

import { SHAPES, count, number, scaleOf, shortened } from "./axes.js";

const LEFT = 62, RIGHT = 16, TOP = 10, BOTTOM = 20, AXIS = 22;
const DASHES = ["", "7 3", "2 2.5", "9 3 2 3"];
const DECADE = 10;
export const MARGIN = LEFT;

/** How a curve looks: of one run by what it is of; of several by the run, and dashed by what it is of. */
export function look(data, run, curve) {
  const kind = Math.max(0, ["loss", "validation_loss", "test_loss"].indexOf(curve));
  if (data.runs.length > 1) return { colour: run % 7, dash: DASHES[kind], shape: run % SHAPES.length };
  const others = { gradient_norm: 0, learning_rate: 3, mu: 3, validation_checks: 1 };
  return { colour: curve in others ? others[curve] : curve === "loss" ? 0 : kind || 4, dash: DASHES[kind], shape: kind };
}

const styleOf = ({ colour, dash }) => `--look:var(--c${colour})${dash ? `;stroke-dasharray:${dash}` : ""}`;

/** How a curve, or a run, looks in the legend. */
export function swatch({ colour, dash, shape }, marked) {
  return `<svg class="swatch" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" style="--look:var(--c${colour})"><path class="line" d="M0 6h26" style="stroke-dasharray:${dash || "none"}"/>${marked ? `<path class="mark" transform="translate(13 6)" d="${SHAPES[shape]}"/>` : ""}</svg>`;
}

/** The curves of a panel that are seen, with their points up to now. */
export function curvesOf(data, panel, hidden) {
  return data.runs.flatMap((run, number) => hidden.has(run.name) ? [] : run.curves.filter((curve) => curve.panel === panel && !hidden.has(curve.name)).map((curve) => ({ run, number, curve })));
}

/** Whether a panel can have a logarithmic scale, and the least and greatest of what is on it. */
function rangeOf(shown, log) {
  let low = Infinity, high = -Infinity, positive = Infinity;
  for (const { curve } of shown) for (const value of curve.values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value > 0 && value < positive) positive = value;
  }
  if (!(low <= high)) return { low: 0, high: 1, log: false, empty: true };
  if (log && positive < Infinity) {
    const room = Math.max(1.02, (high / positive) ** 0.04);
    return { low: positive / room, high: high * room, log: true };
  }
  const room = 0.05 * (high - low) || Math.abs(high) * 0.1 || 0.5;
  return { low: low - (low >= 0 && low < room ? low : room), high: high + room, log: false };
}

/** Where a panel lies in a picture of a width, and how its values become places. */
export function frameOf(data, panel, { hidden, log, width, height, last }) {
  const shown = curvesOf(data, panel, hidden);
  const counts = shown.some(({ curve }) => curve.counts);
  const range = rangeOf(shown, log && !counts && (panel === "losses" || spans(shown)));
  const w = width - LEFT - RIGHT;
  return { shown, counts, range, w, h: height, x: scaleOf(1, Math.max(2, last), w), y: scaleOf(range.low, range.high, height, range.log) };
}

function spans(shown) {
  const values = shown.flatMap(({ curve }) => curve.values.filter((value) => value !== null));
  const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return low > 0 && high > DECADE * low;
}

/** A panel as SVG: axes, curves (paler after an epoch), where validation was best, the end, and the epoch that is read. */
export function panelSvg(data, panel, frame, { title, until, at, lowest }) {
  const { w, h, x, y, shown, range } = frame, out = [];
  const height = h + TOP + (lowest ? BOTTOM + AXIS : 8);
  for (const value of range.empty ? [] : y.ticks(h > 120 ? 5 : 3)) {
    const place = (h - y.at(value)).toFixed(1);
    out.push(`<path class="grid" d="M0 ${place}H${w}"/><text class="up" x="-7" y="${(Number(place) + 4).toFixed(1)}">${number(value, 4)}</text>`);
  }
  if (lowest) {
    for (const value of x.ticks(w > 420 ? 6 : 3).filter(Number.isInteger)) out.push(`<path class="tick" d="M${x.at(value).toFixed(1)} ${h}v5"/><text x="${x.at(value).toFixed(1)}" y="${h + 18}">${count(value)}</text>`);
    out.push(`<text class="axis" x="${w / 2}" y="${h + BOTTOM + 16}">epoch</text>`);
  }
  out.push(`<path class="frame" d="M0 0V${h}H${w}"/><text class="axis" transform="translate(-50 ${h / 2}) rotate(-90)">${shortened(title, Math.max(8, Math.floor(h / 6.5)))}</text>`);
  const several = data.runs.length > 1;
  for (const of of shown) out.push(curveSvg(data, of, frame, until, several));
  if (panel === "losses") for (const [number, run] of data.runs.entries()) if (shown.some((of) => of.number === number)) out.push(bestSvg(run, number, frame, several), stopSvg(run, frame));
  if (at) out.push(cursorSvg(data, frame, at));
  return { height, svg: `<g transform="translate(${LEFT} ${TOP})">${out.join("")}</g>` };
}

/** The points of a curve as a path, up to an epoch and after it. */
function curveSvg(data, { run, number: of, curve }, { x, y, h, range, counts }, until, several) {
  const looks = look(data, of, curve.name);
  let d = "", later = "", down = false, alone = [], previous = null, last = null;
  const gaps = [];
  curve.values.forEach((value, k) => {
    const epoch = curve.epochs[k];
    const there = value !== null && !(range.log && value <= 0);
    if (!there) {
      if (down && previous?.single) alone.push(previous);
      if (value === null) gaps.push(x.at(epoch));
      [down, previous] = [false, null];
      return;
    }
    const place = [x.at(epoch).toFixed(1), (h - y.at(value)).toFixed(1)];
    const step = down ? (counts ? `H${place[0]}V${place[1]}` : `L${place[0]} ${place[1]}`) : `M${place[0]} ${place[1]}`;
    if (epoch <= until) {
      d += step;
      last = place;
    } else later += later || !last ? step : `M${last[0]} ${last[1]}${counts ? `H${place[0]}V${place[1]}` : `L${place[0]} ${place[1]}`}`;
    previous = { place, single: !down };
    down = true;
  });
  if (previous?.single) alone.push(previous);
  const out = [`<path class="curve" style="${styleOf(looks)}" d="${d}"/>`];
  if (later) out.push(`<path class="curve later" style="${styleOf(looks)}" d="${later}"/>`);
  for (const { place } of alone) out.push(`<circle class="dot" style="--look:var(--c${looks.colour})" cx="${place[0]}" cy="${place[1]}" r="2.6"/>`);
  if (several && last) out.push(`<path class="dot" style="--look:var(--c${looks.colour})" transform="translate(${last[0]} ${last[1]})" d="${SHAPES[looks.shape]}"/>`);
  if (gaps.length) out.push(`<path class="gap" d="${gaps.slice(0, 60).map((at) => `M${at.toFixed(1)} ${h}v-6`).join("")}"/>`);
  return out.join("");
}

/** Where validation was best. */
function bestSvg(run, number_, { x, y, w, h, range }, several) {
  if (!run.best || !run.best[0]) return "";
  const [epoch, value] = run.best;
  const at = x.at(epoch), seen = value !== null && !(range.log && value <= 0) && value <= range.high && value >= range.low;
  const right = at > w * 0.6;
  const label = several ? "" : `<text class="note" style="--anchor:${right ? "end" : "start"}" x="${(at + (right ? -6 : 6)).toFixed(1)}" y="9">best: epoch ${count(epoch)}${value === null ? "" : ` (${number(value, 4)})`}</text>`;
  return `<path class="bestline" d="M${at.toFixed(1)} 0V${h}"/>${seen ? `<path class="best" transform="translate(${at.toFixed(1)} ${(h - y.at(value)).toFixed(1)})" d="${SHAPES[3]}"/>` : ""}${label}`;
}

/** Where it stopped. */
function stopSvg(run, { x, y, h, range }) {
  const curve = run.curves.find((one) => one.name === "loss") ?? run.curves[0];
  if (!run.ended || !curve) return "";
  for (let k = curve.values.length - 1; k >= 0; k -= 1) {
    const value = curve.values[k];
    if (value === null || (range.log && value <= 0)) continue;
    return `<rect class="stop" x="${(x.at(curve.epochs[k]) - 5).toFixed(1)}" y="${(h - y.at(value) - 5).toFixed(1)}" width="10" height="10"/>`;
  }
  return "";
}

function cursorSvg(data, { x, y, h, shown, range }, at) {
  const dots = shown.map(({ number: of, curve }) => {
    const k = near(curve.epochs, at), value = curve.values[k];
    if (k < 0 || value === null || (range.log && value <= 0)) return "";
    return `<circle class="at" style="--look:var(--c${look(data, of, curve.name).colour})" cx="${x.at(curve.epochs[k]).toFixed(1)}" cy="${(h - y.at(value)).toFixed(1)}" r="4"/>`;
  });
  return `<path class="cursor" d="M${x.at(at).toFixed(1)} 0V${h}"/>${dots.join("")}`;
}

/** The place of the point nearest to an epoch; -1 of no points. */
export function near(epochs, epoch) {
  let low = 0, high = epochs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (epochs[middle] < epoch) low = middle + 1;
    else high = middle;
  }
  return low > 0 && epoch - epochs[low - 1] <= epochs[low] - epoch ? low - 1 : high;
}
