// The error over two axes as a surface that one turns, drawn on a canvas, with the paths upon it.

import { number } from "./axes.js";

const MOST = 64; // cells along an axis that are drawn: more of them are no smoother to the eye
const STEEP = 0.62; // how high the surface is, beside its width

/** How high an error stands, from 0 to 1: by the levels of the contours. */
export function heightOf(data) {
  const low = data.levels[0], high = data.levels.at(-1), log = (value) => Math.log(Math.max(value, low));
  const share = data.logarithmic ? (F) => (log(F) - log(low)) / (log(high) - log(low)) : (F) => (F - low) / (high - low);
  return (F) => Math.min(1, Math.max(0, share(F)));
}

/** The places of a picture of a size, of points (x, y, height), each from 0 to 1; the third one grows towards the eye. */
function projection(turn, tilt, width, height) {
  const [c, s, up, down] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const size = Math.min(width / 1.5, height / 1.35);
  return (x, y, z) => {
    const across = (x - 0.5) * c - (y - 0.5) * s, deep = (x - 0.5) * s + (y - 0.5) * c, high = (z - 0.5) * STEEP;
    return [width / 2 + size * across, height / 2 + size * (-deep * down - high * up) + 4, -deep * up + high * down];
  };
}

/** The colours of a picture as they are now, light or dark. */
function coloursOf(el) {
  const probe = el.ownerDocument.createElement("canvas").getContext("2d", { willReadFrequently: true }), look = getComputedStyle(el);
  const of = (name) => look.getPropertyValue(name).trim();
  const parts = (name) => {
    probe.fillStyle = of(name);
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const [deep, high] = [parts("--deepest"), parts("--high")];
  return {
    shade: (share) => `rgb(${deep.map((value, k) => Math.round(value + share * (high[k] - value))).join(" ")})`,
    line: of("--line"), ink: of("--ink"), paper: of("--paper"), soft: of("--soft"), path: (k) => of(`--path${k}`),
  };
}

const DASHES = [[], [6, 2], [2, 2], [6, 2, 2, 2], [4, 2]];

/** The quadrilaterals of the grid, once: each with its corners from 0 to 1 and its heights. */
function cellsOf(data) {
  const height = heightOf(data), rows = data.F.length, columns = data.F[0].length;
  const stride = (count) => Math.max(1, Math.ceil((count - 1) / MOST));
  const along = (count) => {
    const found = Array.from({ length: Math.floor((count - 1) / stride(count)) + 1 }, (_, k) => k * stride(count));
    return found.at(-1) === count - 1 ? found : [...found, count - 1];
  };
  const down = along(rows), across = along(columns), cells = [];
  for (let i = 0; i + 1 < down.length; i += 1) {
    for (let j = 0; j + 1 < across.length; j += 1) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]].map(([a, b]) => [across[b] / (columns - 1), down[a] / (rows - 1), data.F[down[a]][across[b]]]);
      if (corners.some(([, , F]) => F === null)) continue;
      cells.push(corners.map(([x, y, F]) => [x, y, height(F)]));
    }
  }
  return cells;
}

/** Draws the surface on a canvas and keeps what does not change from one turn to the next. */
export class Relief {
  constructor(canvas, data) {
    Object.assign(this, { canvas, data, cells: cellsOf(data), turn: -0.65, tilt: 0.75 });
  }

  /** Turns it by parts of a circle. */
  turned(across, up) {
    this.turn += across;
    this.tilt = Math.min(1.5, Math.max(0.08, this.tilt + up));
  }

  draw(paths, step, point) {
    const { canvas, data } = this, scale = Math.min(2, devicePixelRatio || 1);
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width || !height) return;
    if (!getComputedStyle(canvas).getPropertyValue("--deepest")) { // its style is still on its way
      if ((this.waited = (this.waited ?? 0) + 1) < 200) requestAnimationFrame(() => this.draw(paths, step, point));
      return;
    }
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d"), colours = coloursOf(canvas), place = projection(this.turn, this.tilt, width, height);
    pen.scale(scale, scale);
    pen.font = "12px system-ui, sans-serif";
    this.floor(pen, place, colours);
    const seen = this.cells.map((corners) => {
      const at = corners.map((corner) => place(...corner));
      return { at, deep: at[0][2] + at[1][2] + at[2][2] + at[3][2], high: corners.reduce((sum, corner) => sum + corner[2], 0) / 4 };
    }).sort((one, two) => one.deep - two.deep);
    pen.lineWidth = 0.5;
    for (const { at, high } of seen) {
      pen.beginPath();
      at.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.fillStyle = colours.shade(high);
      pen.fill();
      pen.strokeStyle = colours.line;
      pen.globalAlpha = 0.45;
      pen.stroke();
      pen.globalAlpha = 1;
    }
    const on = this.onSurface(place);
    paths.forEach((path, k) => this.path(pen, on, colours, path, k, step));
    const low = on(data.minimum, data.F_minimum);
    if (low) this.star(pen, low);
    const at = point && this.at(point) !== null && on(point, this.at(point));
    if (at) this.dot(pen, at, colours);
  }

  /** A point of the axes with its error as a place; null outside. */
  onSurface(place) {
    const { ranges: [[left, right], [low, high]] } = this.data, height = heightOf(this.data);
    return ([first, second], F) => {
      const x = (first - left) / (right - left), y = (second - low) / (high - low);
      return F === null || x < 0 || x > 1 || y < 0 || y > 1 ? null : place(x, y, height(F));
    };
  }

  /** The error at the grid's point that is nearest. */
  at([first, second]) {
    const { F, ranges: [[left, right], [low, high]] } = this.data;
    const row = Math.round(((second - low) / (high - low)) * (F.length - 1)), column = Math.round(((first - left) / (right - left)) * (F[0].length - 1));
    return F[row]?.[column] ?? null;
  }

  floor(pen, place, colours) {
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) => place(x, y, 0));
    pen.strokeStyle = colours.soft;
    pen.fillStyle = colours.soft;
    pen.beginPath();
    corners.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.stroke();
    const { names, ranges } = this.data, short = (name) => (name.length > 22 ? `${name.slice(0, 21)}…` : name);
    const front = corners.map((corner, k) => ({ corner, k })).sort((one, two) => two.corner[1] - one.corner[1])[0].k;
    for (const side of [front, (front + 3) % 4]) { // the two edges that meet in front
      const [a, b] = [corners[side], corners[(side + 1) % 4]], axis = side % 2, turned = side >= 2;
      const [low, high] = turned ? [...ranges[axis]].reverse() : ranges[axis];
      const outward = (share, text) => {
        const x = a[0] + share * (b[0] - a[0]), y = a[1] + share * (b[1] - a[1]);
        pen.textAlign = "center";
        const half = pen.measureText(text).width / 2;
        pen.fillText(text, Math.min(this.canvas.clientWidth - half - 2, Math.max(half + 2, x + (x > this.canvas.clientWidth / 2 ? 14 : -14))), y + 16);
      };
      outward(0.12, number(low, 3));
      outward(0.5, short(names[axis]));
      outward(0.88, number(high, 3));
    }
  }

  path(pen, on, colours, path, k, step) {
    const last = Math.min(step, path.points.length - 1);
    pen.strokeStyle = pen.fillStyle = colours.path(k);
    pen.lineWidth = 2.2;
    pen.setLineDash(DASHES[k] ?? []);
    pen.beginPath();
    let down = false, end = null;
    for (let at = 0; at <= last; at += 1) {
      const place = on(path.points[at], path.F[at]);
      if (place) down ? pen.lineTo(place[0], place[1]) : pen.moveTo(place[0], place[1]);
      down = Boolean(place);
      end = place ?? end;
    }
    pen.stroke();
    pen.setLineDash([]);
    const start = on(path.points[0], path.F[0]);
    if (end) {
      pen.beginPath();
      pen.arc(end[0], end[1], 4.5, 0, 7);
      pen.fill();
    }
    if (start) this.dot(pen, start, colours);
  }

  dot(pen, [x, y], colours) {
    pen.beginPath();
    pen.arc(x, y, 5, 0, 7);
    pen.fillStyle = colours.paper;
    pen.fill();
    pen.lineWidth = 1.8;
    pen.strokeStyle = colours.ink;
    pen.stroke();
  }

  star(pen, [x, y]) {
    pen.beginPath();
    for (let k = 0; k < 10; k += 1) {
      const size = k % 2 ? 3.4 : 8, angle = (k * Math.PI) / 5;
      pen.lineTo(x + size * Math.sin(angle), y - size * Math.cos(angle));
    }
    pen.closePath();
    pen.fillStyle = "#f0e442";
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = "#000";
    pen.stroke();
  }
}
