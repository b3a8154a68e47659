// A network with its weights: connections as wide as these are large, dashed where negative; maps of what units answer.

import { escaped, rounded } from "./formulas.js";

const ACROSS = 150, LEFT = 118, DOWN = 46, HALF = 17, TOP = 16;

const say = (value) => (value === null || value === undefined ? "not finite" : rounded(value, 4).replace("-", "−"));
const short = (text, most) => escaped(text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Where the units stand: the inputs below each other in the first column. */
function placed(data) {
  const inputs = data.columns.filter((column) => column.input), layers = data.columns.filter((column) => !column.input);
  const rows = (column) => column.drawn + (column.size > column.drawn ? 0.6 : 0);
  const first = inputs.reduce((sum, column) => sum + rows(column), 0);
  const height = Math.max(first, ...layers.map(rows)) * DOWN;
  const at = new Map();
  let top = (height - first * DOWN) / 2;
  for (const column of inputs) {
    at.set(column.name, { x: LEFT, top });
    top += rows(column) * DOWN;
  }
  layers.forEach((column, k) => at.set(column.name, { x: LEFT + (k + 1) * ACROSS, top: (height - rows(column) * DOWN) / 2 }));
  return { at, height, width: LEFT + layers.length * ACROSS + 60, place: (name, unit) => ({ x: at.get(name).x, y: TOP + at.get(name).top + (unit + 0.5) * DOWN }) };
}

/** A map of answers as an image: blue low, orange high. */
function image(bytes, side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d"), pixels = context.createImageData(side, side), text = atob(bytes);
  for (let k = 0; k < side * side; k += 1) {
    const share = text.charCodeAt(k) / 255, far = Math.abs(2 * share - 1), end = share < 0.5 ? [11, 85, 159] : [214, 94, 0];
    end.forEach((part, channel) => { pixels.data[4 * k + channel] = 238 + (part - 238) * far; });
    pixels.data[4 * k + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

function drawn(data) {
  const { place, height, width } = placed(data), order = data.columns.map((column) => column.name);
  const largest = data.largest || 1, lines = [], units = [];
  for (const { to, from, values } of data.weights) {
    const far = order.indexOf(to) - order.indexOf(from) > 1 && place(to, 0).x - place(from, 0).x > 1.5 * ACROSS;
    values.forEach((row, i) => row.forEach((value, j) => {
      const a = place(from, j), b = place(to, i), share = value === null ? 1 : Math.min(1, Math.abs(value) / largest);
      const way = far ? `M${a.x + HALF} ${a.y}Q${(a.x + b.x) / 2} ${Math.min(a.y, b.y) - 40} ${b.x - HALF} ${b.y}` : `M${a.x + HALF} ${a.y}L${b.x - HALF} ${b.y}`;
      lines.push(`<path class="${value < 0 ? "negative" : "positive"}" d="${way}" stroke-width="${(0.6 + 5.4 * share).toFixed(2)}" stroke-opacity="${(0.3 + 0.6 * share).toFixed(2)}" data-told="${escaped(`${to}[${i},${j}] = ${say(value)}`)}"/>`);
    }));
  }
  for (const column of data.columns) {
    for (let k = 0; k < column.drawn; k += 1) {
      const { x, y } = place(column.name, k);
      const name = column.input ? column.labels[k] : `${column.name}[${k}]`;
      const told = `${name}${column.bias ? `: bias ${say(column.bias[k])}` : ""}`;
      const map = column.maps?.[k];
      const face = map ? `<image href="${image(map, data.side)}" x="${x - HALF}" y="${y - HALF}" width="${2 * HALF}" height="${2 * HALF}" preserveAspectRatio="none"/><rect x="${x - HALF}" y="${y - HALF}" width="${2 * HALF}" height="${2 * HALF}"/>` : `<circle cx="${x}" cy="${y}" r="${column.input ? 8 : 12}"/>`;
      const beside = column.input ? `<text class="name" x="${x - 12}" y="${y + 4}">${short(name, 16)}</text>` : "";
      units.push(`<g class="unit${column.input ? " input" : ""}" tabindex="0" role="img" aria-label="${escaped(told)}" data-told="${escaped(told)}">${face}${beside}</g>`);
    }
    const { x, y } = place(column.name, column.drawn);
    if (column.size > column.drawn) units.push(`<text class="more" x="${x}" y="${y - 10}">and ${(column.size - column.drawn).toLocaleString("en")} more</text>`);
  }
  const heads = data.columns.filter((column) => !column.input).map((column) => `<text x="${place(column.name, 0).x}" y="${height + TOP + 16}">${short(column.name, 16)}</text><text x="${place(column.name, 0).x}" y="${height + TOP + 30}">${column.size.toLocaleString("en")} ${short(column.activation, 14)}</text>`);
  const label = `network: ${data.columns.map((column) => `${column.name} ${column.size}`).join(", ")}`;
  return `<svg viewBox="0 0 ${width} ${height + TOP + 36}" style="max-width:${Math.max(420, width)}px" role="group" aria-label="${escaped(label)}">${lines.join("")}${units.join("")}${heads.join("")}</svg>`;
}

function render({ model, el }) {
  el.classList.add("thalweg", "weights-picture");
  const { title } = model.get("data");
  el.innerHTML = `${title ? `<h1>${escaped(title)}</h1>` : ""}<div data-part="drawing"></div><p class="told" data-part="read" aria-live="polite"></p><p class="told" data-part="key"></p>`;
  const part = (name) => el.querySelector(`[data-part=${name}]`);
  let asked = 0, read = null;
  const tell = () => { part("read").textContent = read === null ? " " : el.querySelectorAll("[data-told]")[read]?.dataset.told ?? " "; };
  const draw = () => {
    asked = 0;
    const data = model.get("frames")?.[model.get("frame")] ?? model.get("data"), focused = [...el.querySelectorAll(".unit")].indexOf(el.ownerDocument.activeElement);
    part("drawing").innerHTML = drawn(data);
    if (focused >= 0) el.querySelectorAll(".unit")[focused]?.focus();
    const maps = data.columns.some((column) => column.maps);
    part("key").textContent = `Blue: positive weights; orange, dashed: negative; wide: large.${maps ? ` In the units: what they answer over ${data.plane.names[0]} and ${data.plane.names[1]}, blue low, orange high.` : ""}`;
    tell();
  };
  const pointed = (event) => {
    const of = event.target.closest?.("[data-told]");
    read = of ? [...el.querySelectorAll("[data-told]")].indexOf(of) : null;
    tell();
  };
  el.addEventListener("pointerover", pointed);
  el.addEventListener("focusin", pointed);
  el.addEventListener("pointerleave", pointed);
  const soon = () => { asked ||= requestAnimationFrame(draw); };
  for (const name of ["data", "frames", "frame"]) model.on(`change:${name}`, soon);
  draw();
  return () => cancelAnimationFrame(asked);
}

export default { render };
