// What a network says of a plane as pixels, each class by a colour and a pattern; along one input as a curve; examples on top.

import { SHAPES, colourOf, number, scaleOf, shortened } from "./axes.js";

const LEFT = 58, RIGHT = 12, TOP = 8, BOTTOM = 44;
const RAMP = [[11, 85, 159], [232, 232, 232], [198, 81, 2]];
export const MARGINS = { left: LEFT, top: TOP };
export const COLOURS = 7;

/** Whether a pixel is on the pattern of a class: none, slanted, slanted the other way, dots, level, upright, both. */
const PATTERNS = [
  () => false,
  (x, y) => (x + y) % 12 < 2,
  (x, y) => (x - y + 120000) % 12 < 2,
  (x, y) => ((x % 12) - 5.5) ** 2 + ((y % 12) - 5.5) ** 2 < 5,
  (x, y) => y % 10 < 2,
  (x, y) => x % 10 < 2,
  (x, y) => x % 14 < 2 || y % 14 < 2,
];

/** Bytes of a frame. */
export function unpacked(text) {
  const read = atob(text), found = new Uint8Array(read.length);
  for (let k = 0; k < read.length; k += 1) found[k] = read.charCodeAt(k);
  return found;
}

/** Where the plot lies in a picture of a width, and how values become places in it. */
export function frameOf(data, width, curves) {
  const w = width - LEFT - RIGHT, h = Math.round(data.kind === "curve" ? w * 0.62 : Math.min(w, 420));
  const [across, up = heights(data, curves)] = data.ranges;
  const x = scaleOf(...across, w), y = scaleOf(...up, h);
  return { w, h, width, height: h + TOP + BOTTOM, x, y, at: ([a, b]) => [x.at(a), h - y.at(b)] };
}

/** From where to where the values of a curve go: those of all frames that are near the targets. */
function heights(data) {
  if (data.classes) return [-0.06, 1.06];
  const [low, high] = data.scale, room = 0.05 * (high - low);
  return [low - room, high + room];
}

/** The colours of the classes, and of the paper, as the page has them. */
export function palette(el) {
  return { paper: colourOf(el, "--paper"), ink: colourOf(el, "--ink"), classes: Array.from({ length: COLOURS }, (_, k) => colourOf(el, `--c${k}`)) };
}

const mixed = (a, b, share) => [0, 1, 2].map((k) => a[k] + (b[k] - a[k]) * share);

/** A colour of the ramp of values. */
export function ramp(share) {
  const at = Math.min(1, Math.max(0, share)) * 2, k = Math.min(1, Math.floor(at));
  return mixed(RAMP[k], RAMP[k + 1], at - k);
}

/** The class of a pixel and by how much it is ahead of the next, between the four cells around it. */
function between(cells, columns, rows, levels, count, across, up) {
  const column = Math.min(columns - 2, Math.floor(across)), row = Math.min(rows - 2, Math.floor(up));
  const right = across - column, above = up - row;
  const corners = [[row * columns + column, (1 - right) * (1 - above)], [row * columns + column + 1, right * (1 - above)], [(row + 1) * columns + column, (1 - right) * above], [(row + 1) * columns + column + 1, right * above]];
  if (!count) return [0, corners.reduce((sum, [at, share]) => sum + share * cells[at], 0) / 255];
  const first = Math.floor(cells[corners[0][0]] / levels);
  const most = Math.max(1, levels - 1);
  let same = true, sure = 0;
  const weights = []; // where two classes are equally far ahead, there is the border
  for (const [at, share] of corners) {
    const of = Math.floor(cells[at] / levels), here = levels > 1 ? (cells[at] % levels) / most : 0.6;
    same = same && of === first;
    sure += share * here;
    weights.push([of, share * (here + 0.001)]);
  }
  if (same) return [first, sure];
  const sums = new Map();
  for (const [of, weight] of weights) sums.set(of, (sums.get(of) ?? 0) + weight);
  const [[best, first_], [, next]] = [...sums].sort((a, b) => b[1] - a[1]);
  return [best, first_ - next];
}

/** The plane of a frame on a canvas: its colours, patterns and borders. */
export function paint(canvas, data, frame, w, h, colours) {
  const context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [w, h];
  if (!frame?.cells) return;
  const cells = unpacked(frame.cells), [rows, columns] = data.shape, count = data.classes?.length ?? 0;
  const image = context.createImageData(w, h), { data: pixels } = image;
  const line = new Int16Array(w);
  let left = -1;
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const [of, sure] = between(cells, columns, rows, data.levels, count, (x / (w - 1)) * (columns - 1), (1 - y / (h - 1)) * (rows - 1));
      let colour;
      if (!count) colour = mixed(colours.paper, ramp(sure), 0.85);
      else {
        const marked = PATTERNS[of % PATTERNS.length](x, y);
        colour = mixed(colours.paper, colours.classes[of % COLOURS], 0.12 + 0.4 * sure + (marked ? 0.22 : 0));
        if ((x && of !== left) || (y && of !== line[x])) colour = mixed(colour, colours.ink, 0.65);
        left = of;
        line[x] = of;
      }
      const at = 4 * (y * w + x);
      [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]] = [colour[0], colour[1], colour[2], 255];
    }
  }
  context.putImageData(image, 0, 0);
}

/** The pattern of a class, for the legend. */
export function paintPattern(canvas, of, colours) {
  const context = canvas.getContext("2d"), [w, h] = [canvas.width, canvas.height], image = context.createImageData(w, h);
  for (let y = 0; y < h; y += 1) for (let x = 0; x < w; x += 1) {
    const colour = mixed(colours.paper, colours.classes[of % COLOURS], 0.45 + (PATTERNS[of % PATTERNS.length](x, y) ? 0.22 : 0));
    image.data.set([...colour, 255], 4 * (y * w + x));
  }
  context.putImageData(image, 0, 0);
}

/** What is at a point of the plane: the number of its class and by how much it is ahead, or a value. */
export function saidAt(data, frame, [a, b]) {
  const share = (value, [low, high]) => (value - low) / (high - low);
  if (data.kind === "curve") return frame.curves.map((curve) => curve[Math.round(share(a, data.ranges[0]) * (curve.length - 1))]);
  if (!frame.cells) return null;
  const cells = unpacked(frame.cells), [rows, columns] = data.shape;
  const [of, sure] = between(cells, columns, rows, data.levels, data.classes?.length ?? 0, share(a, data.ranges[0]) * (columns - 1), share(b, data.ranges[1]) * (rows - 1));
  return data.classes ? { of, ahead: sure } : data.scale[0] + sure * (data.scale[1] - data.scale[0]);
}

/** Axes, which stand still. */
export function axesSvg(data, { w, h, x, y }) {
  const out = [];
  for (const value of x.ticks(w > 300 ? 5 : 3)) out.push(`<path class="tick" d="M${x.at(value).toFixed(1)} ${h}v5"/><text x="${x.at(value).toFixed(1)}" y="${h + 18}">${number(value)}</text>`);
  for (const value of y.ticks(5)) out.push(`<path class="tick" d="M0 ${(h - y.at(value)).toFixed(1)}h-5"/><text class="up" x="-8" y="${(h - y.at(value) + 4).toFixed(1)}">${number(value)}</text>`);
  const second = data.names[1] ?? (data.classes ? (data.classes.length === 2 ? `share of ${data.classes[1]}` : "shares of the classes") : data.target);
  out.push(`<text class="axis" x="${w / 2}" y="${h + 37}">${shortened(data.names[0])}</text><text class="axis" transform="translate(-45 ${h / 2}) rotate(-90)">${shortened(second)}</text>`);
  return `${out.join("")}<path class="frame" d="M0 0V${h}H${w}${data.kind === "curve" ? "" : "V0z"}"/>`;
}

/** Where an example stands; along one input its target is its height. */
export function placeOf(data, frame, k) {
  const { places, targets } = data.examples;
  if (data.kind !== "curve") return places[k];
  const target = targets[k];
  if (target === null) return null;
  return [places[k][0], data.classes ? (data.classes.length === 2 ? target : 1) : target];
}

/** The examples: by colour and shape of their class, filled by their part; wrong ones crossed out. */
export function examplesSvg(data, frame, { at, h, y }) {
  const { targets, parts } = data.examples, said = frame?.said ?? [], out = [], wrong = [], errors = [];
  targets.forEach((target, k) => {
    const place = placeOf(data, frame, k);
    if (!place) return;
    const [x, up] = at(place), move = `translate(${x.toFixed(1)} ${up.toFixed(1)})`;
    if (data.classes) {
      out.push(`<path class="example part${Math.min(parts[k], 2)}" style="--look:var(--c${target % COLOURS})" d="${SHAPES[target % SHAPES.length]}" transform="${move}"/>`);
      if (said.length && said[k] !== target) wrong.push(`M${(x - 7).toFixed(1)} ${(up - 7).toFixed(1)}l14 14m0 -14l-14 14`);
    } else {
      const look = data.kind === "curve" ? `var(--c${parts[k] % COLOURS})` : `rgb(${ramp((target - data.scale[0]) / (data.scale[1] - data.scale[0])).map(Math.round)})`;
      out.push(`<path class="example one part${Math.min(parts[k], 2)}" style="--look:${look}" d="${SHAPES[parts[k] % SHAPES.length]}" transform="${move}"/>`);
      if (data.kind === "curve" && typeof said[k] === "number") errors.push(`M${x.toFixed(1)} ${up.toFixed(1)}V${Math.max(-9 * h, Math.min(9 * h, h - y.at(said[k]))).toFixed(1)}`);
    }
  });
  const d = wrong.join("");
  return `${errors.length ? `<path class="error" d="${errors.join("")}"/>` : ""}${d ? `<path class="wrongback" d="${d}"/><path class="wrong" d="${d}"/>` : ""}${out.join("")}`;
}

/** The fitted curve, or of several classes one each. */
export function curvesSvg(data, frame, { x, y, h, w }) {
  return (frame?.curves ?? []).map((curve, of) => {
    let d = "", down = false;
    curve.forEach((value, k) => {
      if (value !== null) d += `${down ? "L" : "M"}${((w * k) / (curve.length - 1)).toFixed(1)} ${Math.max(-9 * h, Math.min(9 * h, h - y.at(value))).toFixed(1)}`;
      down = value !== null;
    });
    const look = data.classes && data.classes.length > 2 ? ` style="--look:var(--c${of % COLOURS});stroke-dasharray:${["none", "7 3", "2 2.5", "9 3 2 3"][of % 4]}"` : "";
    return `<path class="fitted"${look} d="${d}"/>`;
  }).join("");
}
