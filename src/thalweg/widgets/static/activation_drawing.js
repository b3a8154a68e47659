// An activation and its derivative as SVG: two panels over one net input, what is saturated, the point and its tangent.

import { number, ticks } from "./axes.js";

const LEFT = 52, RIGHT = 12, TOP = 10, GAP = 30, BOTTOM = 44;
const MARKERS = ["M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0", "M-4-4h8v8h-8z", "M0-5.4L4.7 3.6H-4.7z", "M0-5.4L5.4 0L0 5.4L-5.4 0z", "M0 5.4L4.7-3.6H-4.7z", "M-5-1.5h3.5V-5h3v3.5H5v3H1.5V5h-3V1.5H-5z"];

/** Where the panels lie in a picture of a width, and where values lie in them. */
export function panelsOf(data, width) {
  const w = width - LEFT - RIGHT, heights = [Math.round(Math.min(340, Math.max(170, 0.5 * w))), Math.round(Math.min(200, Math.max(110, 0.3 * w)))];
  const tops = [0, heights[0] + GAP];
  return {
    width, w, heights, tops, left: LEFT, top: TOP,
    height: TOP + heights[0] + GAP + heights[1] + BOTTOM,
    x: (n) => ((n - data.low) / (data.high - data.low)) * w,
    y: (panel, value) => {
      const [low, high] = data.views[panel];
      return heights[panel] * (1 - (value - low) / (high - low));
    },
  };
}

/** A line through the values that are there, open where the function jumps. */
function lineOf(data, f, values, panels, panel) {
  const last = values.length - 1, out = [];
  const jumps = f.bends.filter((bend) => panel || bend.jumps).map((bend) => bend.at);
  let before = null;
  values.forEach((value, k) => {
    const n = data.low + ((data.high - data.low) * k) / last;
    const apart = before === null || jumps.some((at) => at > before && at <= n);
    if (value !== null) out.push(`${apart ? "M" : "L"}${panels.x(n).toFixed(1)} ${far(panels.y(panel, value)).toFixed(1)}`);
    before = value === null ? null : n;
  });
  return out.join("");
}

const far = (y) => Math.min(4000, Math.max(-4000, y));

/** What does not move: the axes, the curves, what is saturated of the chosen one. */
export function stillSvg(data, panels, chosen) {
  const { letters } = data, out = [`<defs><pattern id="saturated" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V7"/></pattern></defs>`];
  ["a", "slope"].forEach((name, panel) => {
    const h = panels.heights[panel], inside = [];
    const across = ticks(data.low, data.high), up = ticks(...data.views[panel]);
    const shaded = data.functions[chosen].stretches.map(([first, last]) => `<rect class="saturated" x="${panels.x(first).toFixed(1)}" width="${(panels.x(last) - panels.x(first)).toFixed(1)}" height="${h}" fill="url(#saturated)"/>`);
    inside.push(...shaded);
    if (data.low < 0 && data.high > 0) inside.push(`<path class="zero" d="M${panels.x(0).toFixed(1)} 0v${h}"/>`);
    inside.push(`<path class="zero" d="M0 ${panels.y(panel, 0).toFixed(1)}h${panels.w}"/>`);
    if (panel === 1) for (const level of [data.saturated_below, -data.saturated_below]) inside.push(`<path class="threshold" d="M0 ${panels.y(1, level).toFixed(1)}h${panels.w}"/>`);
    data.functions.forEach((f, k) => inside.push(`<path class="curve path${k}${k === chosen ? " chosen" : ""}" d="${lineOf(data, f, f[name], panels, panel)}"/>`));
    const marks = [
      ...across.map((n) => `<path class="tick" d="M${panels.x(n).toFixed(1)} ${h}v4"/>${panel ? `<text x="${panels.x(n).toFixed(1)}" y="${h + 18}">${number(n)}</text>` : ""}`),
      ...up.map((value) => `<path class="tick" d="M0 ${panels.y(panel, value).toFixed(1)}h-4"/><text class="up" x="-8" y="${(panels.y(panel, value) + 4).toFixed(1)}">${number(value)}</text>`),
    ];
    const title = panel ? `d${plainOf(letters.a)}/d${plainOf(letters.n)}` : `${plainOf(letters.a)} = ${plainOf(letters.f)}(${plainOf(letters.n)})`;
    out.push(`<g transform="translate(0 ${panels.tops[panel]})"><svg width="${panels.w}" height="${h}">${inside.join("")}</svg><rect class="frame" width="${panels.w}" height="${h}"/>${marks.join("")}<text class="title" x="4" y="14">${title}</text></g>`);
  });
  out.push(`<text class="axis" x="${panels.w / 2}" y="${panels.height - TOP - 8}">net input ${plainOf(letters.n)}</text>`);
  return out.join("");
}

const plainOf = ([, base]) => String(base).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** What moves: the point on each curve, and the tangent of the chosen one; `values` are f and f' of each there. */
export function movingSvg(data, panels, chosen, n, values) {
  const x = panels.x(n), out = [];
  ["a", "slope"].forEach((name, panel) => {
    const inside = [`<path class="here" d="M${x.toFixed(1)} 0v${panels.heights[panel]}"/>`];
    if (!panel) inside.push(tangents(data, panels, chosen, n, values[chosen]));
    values.forEach((value, k) => {
      if (!Number.isFinite(value[name])) return;
      inside.push(`<path class="mark path${k}${k === chosen ? " chosen" : ""}" d="${MARKERS[k]}" transform="translate(${x.toFixed(1)} ${far(panels.y(panel, value[name])).toFixed(1)})${k === chosen ? " scale(1.3)" : ""}"/>`);
    });
    out.push(`<svg y="${panels.tops[panel]}" width="${panels.w}" height="${panels.heights[panel]}">${inside.join("")}</svg>`);
  });
  return out.join("");
}

/** The tangent; at a kink those of both sides, and none at a jump. */
function tangents(data, panels, chosen, n, { a, slope }) {
  const bend = data.functions[chosen].bends.find((one) => one.at === n);
  if (bend?.jumps || !Number.isFinite(a)) return "";
  const piece = (by, sides, kind) => {
    if (!Number.isFinite(by)) return "";
    const reach = 0.3 * (data.high - data.low);
    const ends = sides.map((side) => `${panels.x(n + side * reach).toFixed(1)} ${far(panels.y(0, a + side * reach * by)).toFixed(1)}`);
    return `<path class="tangent ${kind}" d="M${ends.join("L")}"/>`;
  };
  return bend ? piece(bend.left, [-1, 0], "side") + piece(bend.right, [0, 1], "side") : piece(slope, [-1, 1], "");
}

export const markerSvg = (k) => `<svg class="swatch path${k}" viewBox="-16 -8 32 16" width="32" height="16" aria-hidden="true"><path class="curve" d="M-16 0H16"/><path class="mark" d="${MARKERS[k]}"/></svg>`;
