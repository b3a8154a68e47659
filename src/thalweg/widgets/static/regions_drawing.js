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

/** The class, and by how much it is ahead of the next, of each cell; of values both are in one. */
function readCells(data, frame) {
  const cells = unpacked(frame.cells), count = data.classes?.length ?? 0, most = Math.max(1, data.levels - 1);
  const of = new Uint8Array(cells.length), ahead = new Float32Array(cells.length);
  for (let k = 0; k < cells.length; k += 1) {
    of[k] = count ? Math.floor(cells[k] / data.levels) : 0;
    ahead[k] = !count ? cells[k] / 255 : data.levels > 1 ? (cells[k] % data.levels) / most : 0.6;
  }
  return { of, ahead, rows: data.shape[0], columns: data.shape[1] };
}

const found = { of: 0, ahead: 0 }; // of the place that was asked for last: nothing is made anew for each of many pixels

/** What is between four cells: where two classes are equally far ahead, there is the border. */
function between({ of, ahead, rows, columns }, across, up) {
  const column = Math.min(columns - 2, Math.floor(across)), row = Math.min(rows - 2, Math.floor(up));
  const right = across - column, above = up - row, at = row * columns + column;
  const w0 = (1 - right) * (1 - above), w1 = right * (1 - above), w2 = (1 - right) * above, w3 = right * above;
  const a0 = w0 * ahead[at], a1 = w1 * ahead[at + 1], a2 = w2 * ahead[at + columns], a3 = w3 * ahead[at + columns + 1];
  const c0 = of[at], c1 = of[at + 1], c2 = of[at + columns], c3 = of[at + columns + 1];
  if (c0 === c1 && c0 === c2 && c0 === c3) {
    found.of = c0;
    found.ahead = a0 + a1 + a2 + a3;
    return found;
  }
  const s0 = a0 + 0.001 * w0, s1 = a1 + 0.001 * w1, s2 = a2 + 0.001 * w2, s3 = a3 + 0.001 * w3;
  let best = -1, next = 0;
  for (let k = 0; k < 4; k += 1) {
    const one = k === 0 ? c0 : k === 1 ? c1 : k === 2 ? c2 : c3;
    if ((k > 0 && one === c0) || (k > 1 && one === c1) || (k > 2 && one === c2)) continue;
    const sum = (one === c0 ? s0 : 0) + (one === c1 ? s1 : 0) + (one === c2 ? s2 : 0) + (one === c3 ? s3 : 0);
    if (sum > best) {
      next = Math.max(best, 0);
      best = sum;
      found.of = one;
    } else next = Math.max(next, sum);
  }
  found.ahead = best - next;
  return found;
}

const SHADES = 64;
const packedColour = ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;

/** All colours that pixels can have: of each class its shades without and with its pattern, or those of values. */
function coloursOf(data, colours) {
  const shades = [...Array(SHADES).keys()].map((k) => k / (SHADES - 1));
  if (!data.classes) return Uint32Array.from(shades, (share) => packedColour(mixed(colours.paper, ramp(share), 0.85)));
  const all = data.classes.flatMap((_, of) => [0, 0.22].flatMap((more) => shades.map((share) => packedColour(mixed(colours.paper, colours.classes[of % COLOURS], 0.12 + 0.4 * share + more)))));
  return Uint32Array.from(all);
}

/** The plane of a frame on a canvas: its colours, patterns and borders. */
export function paint(canvas, data, frame, w, h, colours) {
  const context = canvas.getContext("2d");
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  if (!frame?.cells) {
    context.clearRect(0, 0, w, h);
    return;
  }
  const cells = readCells(data, frame), table = coloursOf(data, colours), ink = packedColour(mixed(colours.paper, colours.ink, 0.75));
  const image = context.createImageData(w, h), pixels = new Uint32Array(image.data.buffer), above = new Int16Array(w).fill(-1);
  for (let y = 0; y < h; y += 1) {
    const up = (1 - y / (h - 1)) * (cells.rows - 1);
    let left = -1;
    for (let x = 0; x < w; x += 1) {
      const { of, ahead } = between(cells, (x / (w - 1)) * (cells.columns - 1), up), shade = Math.min(SHADES - 1, Math.max(0, Math.round(ahead * (SHADES - 1))));
      const border = data.classes && ((left >= 0 && of !== left) || (above[x] >= 0 && of !== above[x]));
      pixels[y * w + x] = border ? ink : !data.classes ? table[shade] : table[(2 * of + (PATTERNS[of % PATTERNS.length](x, y) ? 1 : 0)) * SHADES + shade];
      left = of;
      above[x] = of;
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
  const cells = readCells(data, frame);
  const { of, ahead } = between(cells, share(a, data.ranges[0]) * (cells.columns - 1), share(b, data.ranges[1]) * (cells.rows - 1));
  return data.classes ? { of, ahead } : data.scale[0] + ahead * (data.scale[1] - data.scale[0]);
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
export function placeOf(data, k) {
  const { places, targets } = data.examples;
  if (data.kind !== "curve") return places[k];
  const target = targets[k];
  if (target === null) return null;
  return [places[k][0], data.classes ? (data.classes.length === 2 ? target : 1) : target];
}

/** The examples: by colour and shape of their class, filled by their part. */
export function examplesSvg(data, { at }) {
  const { targets, parts } = data.examples;
  return targets.map((target, k) => {
    const place = placeOf(data, k);
    if (!place) return "";
    const [x, up] = at(place), move = `translate(${x.toFixed(1)} ${up.toFixed(1)})`, part = `part${Math.min(parts[k], 2)}`;
    if (data.classes) return `<path class="example ${part}" style="--look:var(--c${target % COLOURS})" d="${SHAPES[target % SHAPES.length]}" transform="${move}"/>`;
    const look = data.kind === "curve" ? `var(--c${parts[k] % COLOURS})` : `rgb(${ramp((target - data.scale[0]) / (data.scale[1] - data.scale[0])).map(Math.round)})`;
    return `<path class="example one ${part}" style="--look:${look}" d="${SHAPES[parts[k] % SHAPES.length]}" transform="${move}"/>`;
  }).join("");
}

/** How the examples are answered: wrong ones crossed out, along one input the error of each. */
export function verdictsSvg(data, frame, { at, h, y }) {
  const { targets } = data.examples, said = frame?.said ?? [], wrong = [], errors = [];
  targets.forEach((target, k) => {
    if (data.classes ? !said.length || said[k] === target : data.kind !== "curve" || typeof said[k] !== "number") return;
    const place = placeOf(data, k);
    if (!place) return;
    const [x, up] = at(place);
    if (data.classes) wrong.push(`M${(x - 7).toFixed(1)} ${(up - 7).toFixed(1)}l14 14m0 -14l-14 14`);
    else errors.push(`M${x.toFixed(1)} ${up.toFixed(1)}V${Math.max(-9 * h, Math.min(9 * h, h - y.at(said[k]))).toFixed(1)}`);
  });
  const d = wrong.join("");
  return `${errors.length ? `<path class="error" d="${errors.join("")}"/>` : ""}${d ? `<path class="wrongback" d="${d}"/><path class="wrong" d="${d}"/>` : ""}`;
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
