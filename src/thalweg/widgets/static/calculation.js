// The lines of a step as a page: each symbol = formula = formula with numbers = value, its numbers to be clicked.

import { escaped, FormulaWriter, numberText, plain, rounded, walk } from "./formulas.js";

/** The attributes of a number that leads somewhere: to the line that made it, or to what was given. */
export function opener(node) {
  if (node[0] === "@") return `class="number" data-line="${node[1]}"`;
  if (node[0] === "#") return `class="number" data-given="${node[1]}"`;
  return "";
}

/** Writes formulas of a step; numbers that `hidden` lines make are boxes. */
export function writerOf(open, line, hidden, opened = opener) {
  const number = (node) => (node[0] === "@" && hidden(node[1]) ? undefined : open.number(node));
  return new FormulaWriter(open.names, open.digits(line), number, opened);
}

/** A value as it is written at the digits of the page. */
export function valueHtml(open, value, digits = open.data.digits) {
  if (value?.matrix) return new FormulaWriter(open.names, digits, () => undefined).matrix(value);
  return numberText(rounded(value, digits));
}

/** The steps of a line; while its value is hidden without those that work the first with numbers out. */
function stepsShown(open, line, hidden) {
  const steps = open.steps(line);
  if (!hidden(line)) return steps;
  const first = steps.findIndex((step) => ![...walk(step)].some((node) => typeof node === "number" || node?.[0] === "s"));
  return first < 0 ? steps : steps.slice(0, first + 1);
}

/** The parts of a line in MathML, without the value where it is the last of them. */
export function partsOf(open, line, hidden) {
  const writer = writerOf(open, line, hidden);
  const written = [writer.write(open.lines[line][0]), ...stepsShown(open, line, hidden).map((step) => writer.write(step))];
  const value = open.value(line);
  if (value === null) return { parts: written, writer };
  const last = valueHtml(open, value);
  const bare = (text) => text.replace(/<\/?mrow[^>]*>/g, "");
  if (written.length > 1 && bare(written.at(-1)) === bare(last)) written.pop();
  return { parts: written, value: last, writer };
}

/** A line as pieces between which it may be broken; its value leads to itself. */
export function lineHtml(open, line, hidden) {
  const { parts, value, writer } = partsOf(open, line, hidden);
  const sign = open.approximate.has(line) ? "≈" : "=";
  const signs = parts.slice(1).map(() => "=");
  const told = [open.note(line), hidden(line) ? "" : open.exact(line)].filter(Boolean).join(", ");
  const note = told ? ` <span class="note">${escaped(told)}</span>` : "";
  if (value === undefined) return writer.pieces(parts, signs) + note;
  if (hidden(line)) return `${writer.pieces(parts, signs)} ${guessHtml(open, line, sign)}${note}`;
  const shown = `<mrow class="number value" data-line="${line}">${value}</mrow>`;
  return writer.pieces([...parts, shown], [...signs, sign]) + note;
}

/** Where a value that is hidden can be guessed; of a matrix each number. */
function guessHtml(open, line, sign) {
  const name = escaped(plain(open.name(line))), value = open.value(line);
  const input = (entry, told) => `<input type="text" inputmode="text" autocomplete="off" size="10" data-guess="${line}"${entry} aria-label="your value of ${name}${told}">`;
  const fields = !value.matrix ? input("", "") : `<span class="guesses" style="--columns:${value.matrix[0].length}">${
    value.matrix.map((row, r) => row.map((_, c) => input(` data-entry="${r},${c}"`, `, row ${r + 1}, column ${c + 1}`)).join("")).join("")}</span>`;
  return `<span class="part guess"><math><mo form="infix">${sign}</mo></math> ${fields} <button type="button" data-reveal="${line}" aria-label="reveal ${name}">reveal</button> <span class="verdict" role="status"></span></span>`;
}

/** All sections of a step. */
export function calculationHtml(open, hidden, judged) {
  const out = [];
  open.sections.forEach(([title, items], at) => {
    const lines = items.map((item) => {
      if (typeof item !== "number") return `<p class="more">${escaped(item)}</p>`;
      const verdict = judged.get(item);
      const mark = verdict ? ` <span class="mark ${verdict}">${verdict === "right" ? "✓" : "shown"}</span>` : "";
      return `<div class="line" id="line-${item}" data-at="${item}">${lineHtml(open, item, hidden)}${mark}</div>`;
    });
    if (lines.length) out.push(`<section data-section="${at}"><h2>${escaped(title)}</h2>${lines.join("")}</section>`);
  });
  return out.join("");
}

/** What stands before and after the lines: the network in words, the letters, the text's own misprints. */
export function aroundHtml(open) {
  const shared = (at) => open.data.shared[at];
  const writer = writerOf(open, 0, () => false);
  const rows = shared(open.text.symbols).map(([symbol, meaning]) => `<div><dt><math>${writer.write(symbol)}</math></dt><dd>${escaped(meaning)}</dd></div>`);
  const title = open.data.notations.find((one) => one.name === open.text.notation)?.title ?? "";
  const remarks = shared(open.text.remarks).map((text) => `<p>${escaped(text)}</p>`).join("");
  return {
    head: `${shared(open.text.introduction).map((text) => `<p class="about">${escaped(text)}</p>`).join("")}<p class="about">Notation: ${escaped(title)}.</p><details class="letters"><summary>What the letters mean</summary><dl>${rows.join("")}</dl></details>`,
    foot: remarks ? `<section class="remarks"><h2>Notes</h2>${remarks}</section>` : "",
  };
}

const WIDEST = 12;

/** What is typed for a number: with a decimal comma, a fraction or a power of ten too; NaN for what is none. */
export function typed(text) {
  const plainText = text.trim().replace(/−/g, "-").replace(/(?<=\d),(?=\d)/, ".").replace(/\s*[x×*]\s*10\^?\s*/, "e");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const [top, bottom, ...more] = plainText.split("/").map((part) => part.trim());
  if (more.length || !number.test(top) || (bottom !== undefined && !number.test(bottom))) return { value: NaN, digits: 0 };
  if (bottom !== undefined) return { value: Number(top) / Number(bottom), digits: WIDEST };
  const figures = top.replace(/e.*$/i, "").replace(/[+-.]/g, "").replace(/^0+/, "");
  return { value: Number(top), digits: Math.max(figures.length, 1) };
}

/**
 * Whether a guess is right at the precision that is shown: as many digits as are typed, at least two and no more than
 * are shown, must be those of the value. Gives {right, told}.
 */
export function judged(text, value, digits) {
  const guess = typed(text);
  if (Number.isNaN(guess.value)) return { right: false, told: "is no number: write 0.25, 1/4 or 2.5e-1" };
  const same = (x, y, at) => rounded(x, at) === rounded(y, at);
  const shown = rounded(value, digits);
  if (same(guess.value, value, digits) || guess.value === Number(shown)) return { right: true, told: "right" };
  const least = Math.min(digits, Math.max(2, guess.digits));
  if (guess.digits < digits && guess.digits >= 2 && same(guess.value, value, least)) return { right: true, told: `right to ${least} digits` };
  if (value !== 0 && same(-guess.value, value, least)) return { right: false, told: "the sign is the other" };
  if (guess.digits < 2 && same(guess.value, value, 1)) return { right: false, told: "near: give at least two digits" };
  if (Math.abs(guess.value - value) <= 0.01 * Math.abs(value)) return { right: false, told: "near, but not to the digits given" };
  return { right: false, told: guess.value > value ? "too large" : "too small" };
}
