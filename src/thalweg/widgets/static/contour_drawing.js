// The error over two axes, or along one weight, as SVG: axes, contours, paths up to a step; and the error between the grid's points.

import { number, shortened, ticks, tidy } from "./axes.js";

export const MARKS = 25; // markers on a path; more of them hide it
const TANGENTS = 8; // steps of a curve that keep their tangent
const LONGEST = 48; // letters of a name at an axis
const LEFT = 58, RIGHT = 14, TOP = 10, BOTTOM = 46;

/** An error as it is told: what is only rounding beside the largest one is 0. */
export function error(data, F, among = data.levels ?? data.F) {
  return F !== null && Math.abs(F) < 1e-15 * Math.max(...among.map((value) => Math.abs(value ?? 0))) ? "0" : number(F);
}

/** Where the plot lies in a picture of a width, and how values become places in it. */
export function frameOf(data, width) {
  const [[left, right], [low, high]] = data.ranges;
  const w = width - LEFT - RIGHT, ratio = (high - low) / (right - left);
  const equal = data.kind === "surface" && ratio > 0.5 && ratio < 2;
  const h = Math.round(equal ? w * ratio : w * (data.kind === "surface" ? 0.8 : 0.62));
  return {
    w, h, width, height: h + TOP + BOTTOM,
    x: (value) => ((value - left) / (right - left)) * w,
    y: (value) => h - ((value - low) / (high - low)) * h,
    /** The values at a place in the plot, to as many decimals as a dot on the screen tells apart. */
    at: (x, y) => {
      const share = (of, size) => Math.min(1, Math.max(0, of / size));
      const first = tidy(left + share(x, w) * (right - left), right - left);
      return data.kind === "surface" ? [first, tidy(low + (1 - share(y, h)) * (high - low), high - low)] : [first];
    },
  };
}

/** The error at a point, between those of the grid around it; null where one of these is not finite, or outside. */
export function errorAt(data, point) {
  const [[left, right], [low, high]] = data.ranges;
  const between = (row, share) => {
    const at = Math.min(row.length - 2, Math.floor(share * (row.length - 1)));
    const rest = share * (row.length - 1) - at;
    return row[at] === null || row[at + 1] === null ? null : row[at] + rest * (row[at + 1] - row[at]);
  };
  const across = (point[0] - left) / (right - left);
  if (across < 0 || across > 1) return null;
  if (data.kind === "curve") return between(data.F, across);
  const up = (point[1] - low) / (high - low);
  if (up < 0 || up > 1) return null;
  const row = Math.min(data.F.length - 2, Math.floor(up * (data.F.length - 1)));
  return between([between(data.F[row], across), between(data.F[row + 1], across)], up * (data.F.length - 1) - row);
}

/** The parameters at a point of a plane, with their names; none where they are not known. */
export function weightsAt(data, point) {
  const { weights = [], origin, directions } = data;
  return weights.map((name, k) => [name, origin[k] + point[0] * directions[0][k] + point[1] * directions[1][k]]);
}

/** What does not move: axes, and the contours or the curve. */
export function stillSvg(data, frame) {
  const { w, h } = frame, out = [];
  const [across, up] = data.ranges;
  for (const value of ticks(...across)) out.push(`<path class="tick" d="M${frame.x(value).toFixed(1)} ${h}v5"/><text x="${frame.x(value).toFixed(1)}" y="${h + 18}">${number(value)}</text>`);
  for (const value of ticks(...up)) out.push(`<path class="tick" d="M0 ${frame.y(value).toFixed(1)}h-5"/><text class="up" x="-8" y="${(frame.y(value) + 4).toFixed(1)}">${number(value)}</text>`);
  const [first, second = data.error] = data.names;
  out.push(`<text class="axis" x="${w / 2}" y="${h + 38}">${shortened(first, LONGEST)}</text><text class="axis" transform="translate(-44 ${h / 2}) rotate(-90)">${shortened(second, LONGEST)}</text>`);
  return out.join("") + (data.kind === "surface" ? regions(data, frame) : curve(data, frame));
}

function regions(data, { w, h }) {
  const last = data.regions.length - 1;
  const drawn = data.regions.map((d, k) => `<path class="region" style="--deep:${Math.round(100 * (1 - k / last))}%" d="${d}"/>`);
  return `<svg width="${w}" height="${h}"><rect class="nowhere" width="${w}" height="${h}"/><g transform="scale(${w / 1000} ${h / 1000})">${drawn.join("")}</g></svg>`;
}

function curve(data, frame) {
  const [left, right] = data.ranges[0], last = data.F.length - 1;
  let d = "", down = false;
  data.F.forEach((F, k) => {
    if (F !== null) d += `${down ? "L" : "M"}${frame.x(left + ((right - left) * k) / last).toFixed(1)} ${frame.y(F).toFixed(1)}`;
    down = F !== null;
  });
  return `<svg width="${frame.w}" height="${frame.h}"><path class="curve" d="${d}"/></svg><path class="frame" d="M0 0V${frame.h}H${frame.w}"/>`;
}

/** What moves: the paths up to a step, and the point that is looked at. */
export function movingSvg(data, frame, paths, step, point, curvature = [], grip = null) {
  const out = [star(frame, data.minimum, data), ...apart(curvature, frame).map((one) => eigenvectors(data, frame, one))];
  const first = paths.length ? null : data.start;
  if (first) out.push(dot(frame, placeOf(data, first, data.F_start), "start"));
  if (first && data.kind === "curve" && data.slope_start) out.push(tangent(data, frame, [data.start[0], data.F_start], data.slope_start, "tangent now"));
  paths.forEach((path, number) => out.push(pathSvg(data, frame, path, number, step)));
  if (point) {
    const at = placeOf(data, point, errorAt(data, point));
    if (at) out.push(`<path class="cross" d="M${frame.x(at[0]).toFixed(1)} ${(frame.y(at[1]) - 9).toFixed(1)}v18m-9 -9h18"/>`);
  }
  const held = grip && placeOf(data, grip, paths[0]?.F[0] ?? errorAt(data, grip));
  if (held) out.push(`<circle class="grip" cx="${frame.x(held[0]).toFixed(1)}" cy="${frame.y(held[1]).toFixed(1)}" r="14"/>`);
  return `<svg width="${frame.w}" height="${frame.h}">${out.join("")}</svg>`;
}

/** The curvature once, where it is the same at the start and at the minimum, or these are so near that arrows would cross. */
function apart(curvature, frame) {
  const [one, two] = curvature;
  if (!two) return curvature;
  const same = one.values.every((value, k) => Math.abs(value - two.values[k]) < 1e-6 * Math.abs(two.values[0]));
  const near = Math.hypot(frame.x(one.at[0]) - frame.x(two.at[0]), frame.y(one.at[1]) - frame.y(two.at[1])) < 0.2 * frame.w;
  return same || near ? [two] : curvature;
}

/** The eigenvectors of the curvature at a point, each as an arrow with its eigenvalue. */
function eigenvectors(data, frame, { at, values, vectors }) {
  const reach = 0.2 * Math.min(...data.ranges.map(([low, high]) => high - low));
  const [x, y] = [frame.x(at[0]), frame.y(at[1])];
  return vectors.map((vector, k) => {
    const [to, up] = [frame.x(at[0] + reach * vector[0]), frame.y(at[1] + reach * vector[1])];
    const long = Math.hypot(to - x, up - y) || 1, [c, s] = [(to - x) / long, (up - y) / long];
    const head = `M${(to - 9 * c + 4 * s).toFixed(1)} ${(up - 9 * s - 4 * c).toFixed(1)}L${to.toFixed(1)} ${up.toFixed(1)}L${(to - 9 * c - 4 * s).toFixed(1)} ${(up - 9 * s + 4 * c).toFixed(1)}`;
    const side = Math.abs(c) < 0.35 ? "" : c > 0 ? "right" : "left";
    const text = `<text class="eigen ${side}" x="${(to + 6 * c).toFixed(1)}" y="${(up + 12 * s + 4).toFixed(1)}">λ = ${number(values[k], 4)}</text>`;
    return `<path class="eigen" d="M${x.toFixed(1)} ${y.toFixed(1)}L${to.toFixed(1)} ${up.toFixed(1)}${head}"/>${text}`;
  }).join("");
}

/** A point of the axes as one of the picture: along one weight its height is the error. */
const placeOf = (data, point, F) => (data.kind === "surface" ? point : F === null ? null : [point[0], F]);

const MARKERS = ["M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0", "M-3-3h6v6h-6z", "M0-4L3.6 2.6H-3.6z", "M0-4L4 0L0 4L-4 0z", "M0 4L3.6-2.6H-3.6z"];

export const markerSvg = (number) => `<svg class="swatch path${number}" viewBox="-7 -6 14 12" width="18" height="14" aria-hidden="true"><path class="mark" d="${MARKERS[number]}"/></svg>`;

function pathSvg(data, frame, path, number, step) {
  const last = Math.min(step, path.points.length - 1), every = Math.max(1, Math.ceil(path.points.length / MARKS));
  const places = path.points.slice(0, last + 1).map((point, k) => placeOf(data, point, path.F[k])).filter(Boolean);
  if (!places.length) return "";
  const xy = ([x, y]) => [clamped(frame.x(x), frame.w), clamped(frame.y(y), frame.h)];
  const out = [];
  if (data.kind === "surface") out.push(`<path class="way" d="M${places.map((place) => xy(place).map((of) => of.toFixed(1)).join(" ")).join("L")}"/>`);
  else path.slopes.slice(0, last + 1).forEach((slope, k) => {
    const change = (path.points[k + 1]?.[0] ?? path.points[k][0]) - path.points[k][0];
    if (k < Math.min(TANGENTS, last) && slope !== null) out.push(tangent(data, frame, [path.points[k][0], path.F[k]], slope, "tangent", 0.3 * Math.abs(change)));
    if (k === last && slope !== null) out.push(tangent(data, frame, [path.points[k][0], path.F[k]], slope, "tangent now"));
  });
  places.forEach((place, k) => {
    const [x, y] = xy(place);
    if (k === 0) out.push(`<circle class="start" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5"/>`);
    else if (k === last) out.push(`<path class="mark end" d="${MARKERS[number]}" transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(1.7)"/>`);
    else if (k % every === 0) out.push(`<path class="mark" d="${MARKERS[number]}" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"/>`);
  });
  return `<g class="path${number}">${out.join("")}</g>`;
}

/** A place far outside the plot, which it cuts off, as one that a browser can draw. */
const clamped = (value, size) => Math.min(9 * size, Math.max(-8 * size, value));

/** A piece of the tangent, not longer than the plot shows well. */
function tangent(data, frame, [x, F], slope, kind, half) {
  const [[left, right], [low, high]] = data.ranges;
  const reach = half ?? Math.min(0.3 * (right - left), slope ? (0.35 * (high - low)) / Math.abs(slope) : Infinity);
  const end = (at) => `${frame.x(at).toFixed(1)} ${clamped(frame.y(F + slope * (at - x)), frame.h).toFixed(1)}`;
  return `<path class="${kind}" d="M${end(x - reach)}L${end(x + reach)}"/>`;
}

function dot(frame, place, kind) {
  return place ? `<circle class="${kind}" cx="${frame.x(place[0]).toFixed(1)}" cy="${frame.y(place[1]).toFixed(1)}" r="5"/>` : "";
}

function star(frame, point, data) {
  const place = placeOf(data, point, data.F_minimum);
  const d = Array.from({ length: 10 }, (_, k) => [(k % 2 ? 3.4 : 8) * Math.sin((k * Math.PI) / 5), -(k % 2 ? 3.4 : 8) * Math.cos((k * Math.PI) / 5)].map((of) => of.toFixed(1)).join(" ")).join("L");
  return `<path class="star" d="M${d}Z" transform="translate(${frame.x(place[0]).toFixed(1)} ${frame.y(place[1]).toFixed(1)})"/>`;
}

export const MARGINS = { left: LEFT, top: TOP };
