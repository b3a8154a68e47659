// Axes: round values, and how values become places, plainly or on a logarithmic scale; numbers as they are told.

import { escaped, rounded } from "./formulas.js";

export const number = (value, digits = 5) => (value === null || value === undefined || Number.isNaN(value) ? "not finite" : rounded(Number(value), digits).replace("-", "−"));

/** A value to a thousandth of a range. */
export function tidy(value, range) {
  const decimals = Math.min(15, Math.max(0, Math.ceil(-Math.log10(range / 1000))));
  return Number(value.toFixed(decimals));
}

/** A count with its thousands apart. */
export const count = (value) => Number(value).toLocaleString("en");

/** A text that is not too long for its place, escaped. */
export const shortened = (text, most = 40) => escaped(text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Round values within a range, some five of them. */
export function ticks(low, high, about = 5) {
  const raw = (high - low) / about, power = 10 ** Math.floor(Math.log10(raw));
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const step = power * [1, 2, 5, 10].find((of) => of * power >= raw * 0.999999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Powers of ten within a range, not too many; of a narrow range with twice and five times them, or plain round values. */
export function logTicks(low, high, about = 5) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const stride = Math.max(1, Math.ceil((last - first) / about));
  const all = [];
  for (let power = first; power <= last; power += stride) for (const of of stride > 1 || last - first > 3 ? [1] : [1, 2, 5]) all.push(Number(`${of}e${power}`));
  const within = all.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
  return within.length > 1 ? within : ticks(low, high, about).filter((value) => value > 0);
}

/** A scale from a range of values to places from 0 to a size. */
export function scaleOf(low, high, size, log = false) {
  const of = log ? Math.log : (value) => value;
  const [from, span] = [of(low), of(high) - of(low) || 1];
  return {
    low, high, log,
    at: (value) => ((of(value) - from) / span) * size,
    back: (place) => (log ? Math.exp : (value) => value)(from + (place / size) * span),
    ticks: (about) => (log ? logTicks : ticks)(low, high, about),
  };
}

/** A colour of the style, as red, green and blue. */
export function colourOf(el, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  el.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  return parts.slice(0, 3);
}

/** Calls back when the page turns light or dark, of itself or by what it is in. */
export function onTheme(el, changed) {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  const watch = new MutationObserver(changed);
  watch.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light"] });
  return () => {
    media.removeEventListener("change", changed);
    watch.disconnect();
  };
}

/** What ends a picture; a page that takes pictures away without ending them finds it in `thalwegViews`, if it has that. */
export function ending(el, end) {
  globalThis.thalwegViews?.add({ el, end });
  return end;
}

/** Markers of what is told apart by shape as well, around 0. */
export const SHAPES = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M-3.6-3.6h7.2v7.2h-7.2z", "M0-4.8L4.4 3.4H-4.4z", "M0-5L5 0L0 5L-5 0z", "M0 4.8L4.4-3.4H-4.4z", "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z", "M-4.6-2.7L0-5.2L4.6-2.7V2.7L0 5.2L-4.6 2.7z"];
