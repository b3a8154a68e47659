// The sliders of the rules: learning rate, with the largest stable one marked on it, and momentum.

import { escaped } from "./formulas.js";
import { number } from "./axes.js";
import { markerSvg } from "./contour_drawing.js";

const STEPS = 300; // of a slider from end to end
const MOST_MOMENTUM = 0.99;
const HALF = 0.5; // of a thumb, in rem: the mark stands where the thumb's middle would

/** The rows of the rules; those without a learning rate only say so. */
export function ratesHtml(rules) {
  return rules.map((rule, k) => {
    const named = `<div class="named">${markerSvg(k)} <b>${escaped(rule.name)}</b></div>`;
    if (rule.learning_rate === null) return `<div class="rule">${named}<p class="about">It finds its steps itself.</p></div>`;
    const momentum = rule.momentum === null ? "" : setting(rule, k, 1, "momentum", rule.momentum, MOST_MOMENTUM, 0.01);
    return `<div class="rule">${named}${setting(rule, k, 0, "learning rate", rule.learning_rate, rule.top, step(rule.top))}${momentum}</div>`;
  }).join("");
}

/** A round number, some hundredths of a range. */
function step(top) {
  return Number((10 ** Math.floor(Math.log10(top / STEPS) + 1e-9)).toPrecision(1));
}

const shown = (value) => String(Number(value.toPrecision(6)));

function setting(rule, k, which, label, value, top, by) {
  const of = escaped(`${label} of ${rule.name}`);
  return `<div class="setting"><span class="label">${which ? "momentum α" : rule.momentum === null ? "learning rate α" : "learning rate"}</span><div class="slide"><input type="range" min="0" max="${top}" step="${by}" value="${value}" data-rule="${k}" data-which="${which}" aria-label="${of}">${which ? "" : `<div class="bound" data-bound="${k}">${boundHtml(rule)}</div>`}</div><input type="number" min="0"${which ? ' max="0.999"' : ""} step="any" value="${shown(value)}" data-rule="${k}" data-which="${which}" aria-label="${of}, as a number"></div>`;
}

/** The mark of the largest stable rate. */
function boundHtml(rule) {
  if (rule.bound === undefined) return "";
  const share = rule.bound / rule.top, text = `${rule.formula} = ${number(rule.bound, 4)}`;
  if (share > 1) return `<span class="far">${escaped(text)}, further on</span>`;
  const side = share > 0.6 ? "before" : "behind";
  return `<i style="left:calc(${HALF}rem + ${share.toFixed(5)} * (100% - ${2 * HALF}rem))"><span class="${side}">${escaped(text)}</span></i>`;
}

/** Brings the rows up to date without touching the field that somebody is at. */
export function refreshRates(el, rules) {
  const rows = el.querySelectorAll(".rule");
  const same = rows.length === rules.length && rules.every((rule, k) => rows[k].querySelector("b").textContent === rule.name && Boolean(rows[k].querySelector("[data-which='1']")) === (rule.momentum !== null));
  if (!same) {
    el.innerHTML = ratesHtml(rules);
    return;
  }
  rules.forEach((rule, k) => {
    for (const input of rows[k].querySelectorAll("input")) {
      const value = input.dataset.which === "0" ? rule.learning_rate : rule.momentum;
      if (input.type === "range" && input.dataset.which === "0") {
        if (Number(input.max) !== rule.top) [input.max, input.step] = [String(rule.top), String(step(rule.top))];
      }
      if (input !== document.activeElement && Number(input.value) !== value) input.value = input.type === "range" ? String(value) : shown(value);
    }
    const bound = rows[k].querySelector("[data-bound]");
    const html = boundHtml(rule);
    if (bound && bound.dataset.is !== html) [bound.innerHTML, bound.dataset.is] = [html, html];
    rows[k].classList.toggle("beyond", rule.bound !== undefined && rule.learning_rate > rule.bound * (1 + 1e-9));
  });
}

/** What an input asks for: which rule, which setting, and its value; null, and it is marked, for what is no number. */
export function askedOf(input) {
  const value = Number(input.value), which = Number(input.dataset.which);
  const good = input.value.trim() !== "" && Number.isFinite(value) && value >= 0 && (which === 0 || value < 1);
  input.setAttribute("aria-invalid", String(!good));
  return { rule: Number(input.dataset.rule), which, value: good ? value : null };
}

/** The values of all rules with one of them changed. */
export function changed(rules, { rule, which, value }) {
  return rules.map((one, k) => {
    const values = [one.learning_rate, one.momentum];
    if (k === rule) values[which] = value;
    return values;
  });
}
