// What is told of the thing that is clicked: a line, a unit, a connection, a number; and the chain rule of a weight.

import { lineHtml, valueHtml, writerOf } from "./calculation.js";
import { escaped, evaluate, numberText, rounded, walk } from "./formulas.js";
import { WORDS } from "./steps.js";

/** A line with where its numbers come from and who uses it. */
export function lineTold(open, line, hidden) {
  const made = open.madeOf(line).map((of) => originHtml(open, of, hidden));
  const users = open.users[line].slice(0, 12).map((user) => `<li>${lineButton(open, user)}</li>`);
  const more = open.users[line].length - users.length;
  const word = WORDS[open.about[line].quantity] ?? "";
  const from = made.length ? `<h3>Where its numbers come from</h3><ul class="origins">${made.join("")}</ul>` : `<p>${open.isGiven(line) ? "It is given." : "It is a value alone."}</p>`;
  const used = users.length ? `<h3>Used by</h3><ul class="users">${users.join("")}${more > 0 ? `<li>${more} more</li>` : ""}</ul>` : "";
  return `<h2>${escaped(word)} · ${escaped(open.title(line))}</h2><div class="line">${lineHtml(open, line, hidden)}</div>${from}${used}`;
}

function letter(open, line) {
  return `<math>${writerOf(open, line, () => false).write(open.lines[line][0])}</math>`;
}

function lineButton(open, line) {
  return `<button type="button" class="to" data-line="${line}">${letter(open, line)} <span>${escaped(open.title(line))}</span></button>`;
}

function originHtml(open, { line, given }, hidden) {
  if (line !== undefined) {
    const value = open.value(line) === null ? "" : hidden(line) ? "□" : `<math>${valueHtml(open, open.value(line), open.digits(line))}</math>`;
    return `<li>${lineButton(open, line)} ${value}</li>`;
  }
  const value = `<math>${valueHtml(open, open.number(["#", given]))}</math>`;
  const before = open.before[given];
  const name = (open.givenNames[given] ?? null) === null ? "" : `<math>${writerOf(open, 0, () => false).write(open.givenNames[given])}</math>`;
  const told = `<span>${escaped(open.givenWords(given))}</span>`;
  if (before === undefined) return `<li><span class="given">${name} ${told}</span> ${value}</li>`;
  return `<li><button type="button" class="to" data-before="${before}">${name} ${told.replace("</span>", ", made by the step before it</span>")}</button> ${value}</li>`;
}

/** What something given is. */
export function givenTold(open, given) {
  return `<h2>Given</h2><ul class="origins">${originHtml(open, { given }, () => false)}</ul>`;
}

/** All lines of a unit or of a weight in an example. */
export function thingTold(open, key, kind, example, hidden) {
  const of = (kind === "unit" ? open.ofUnit : open.ofWeight).get(key) ?? [];
  const lines = of.filter((line) => [undefined, example].includes(open.about[line].example));
  const [layer, unit, source, origin] = key.split("|");
  const title = kind === "unit" ? `Unit ${Number(unit) + 1} of ${layer}` : source ? `Weight to ${layer} ${Number(unit) + 1} from ${source} ${Number(origin) + 1}` : `Bias of ${layer} ${Number(unit) + 1}`;
  const given = open.given.findIndex((about) => kind === "weight" && about.quantity === "weight" && about.layer === layer && String(about.neuron) === unit && (about.source ?? "") === (source ?? "") && String(about.origin ?? "") === (origin ?? ""));
  const value = given < 0 ? "" : `<ul class="origins">${originHtml(open, { given }, hidden)}</ul>`;
  const rows = lines.map((line) => `<div class="line" data-at="${line}">${lineHtml(open, line, hidden)}</div>`);
  const none = rows.length || value ? "" : "<p>Its lines are folded: ask for it by its layer, neuron or weight.</p>";
  const chain = kind === "weight" ? chainHtml(open, lines, hidden) : "";
  return `<h2>${escaped(title)}</h2>${value}${rows.join("")}${none}${chain}`;
}

const MOST_DEEP = 12;

/** ∂F/∂w factor by factor, from the weight to the error, each sensitivity opened in its turn. */
function chainHtml(open, lines, hidden) {
  const line = lines.find((one) => open.about[one].quantity === "example_gradient");
  if (line === undefined) return "";
  const chain = new Chain(open, line, hidden);
  const rows = chain.rows();
  return rows.length ? `<h3>By the chain rule</h3><div class="chain">${rows.map((row) => `<div class="line">${row}</div>`).join("")}</div>` : "";
}

const D = ["s", "∂"];
const partial = (top, bottom) => ["/", ["*", D, top], ["*", D, bottom]];

class Chain {
  constructor(open, line, hidden) {
    Object.assign(this, { open, line, hidden, about: open.about[line], seen: new Set(), queue: [] });
    this.example = this.about.example;
    const error = open.find("example_error", { example: this.example });
    this.error = error < 0 ? ["s", "F"] : open.lines[error][0];
  }

  /** The name of a quantity of a unit in the example; undefined where it is not shown. */
  nameOf(quantity, layer, neuron) {
    const found = this.open.find(quantity, { layer, neuron, example: this.example });
    return found < 0 ? undefined : this.open.lines[found][0];
  }

  row(parts, line = this.line) {
    const writer = writerOf(this.open, line, this.hidden);
    const written = parts.map((part) => (typeof part === "string" ? part : writer.write(part)));
    return writer.pieces(written, written.slice(1).map(() => "="));
  }

  number(value, line) {
    return numberText(rounded(value, line === undefined ? this.open.data.digits : this.open.digits(line)));
  }

  rows() {
    const { open, about } = this, { layer, neuron } = about;
    const n = this.nameOf("net_input", layer, neuron), s = open.find("sensitivity", { layer, neuron, example: this.example });
    const numbers = open.steps(this.line).at(-1);
    if (n === undefined || s < 0 || numbers === undefined) return [];
    const w = this.weightName();
    const out = [];
    const a = this.nameOf("output", layer, neuron), byOutput = this.byOutput(s);
    const letters = byOutput ? ["*", partial(this.error, a), partial(a, n), partial(n, w)] : ["*", partial(this.error, n), partial(n, w)];
    out.push(this.row([partial(this.error, w), letters]));
    out.push(...this.factor(s, n, a, byOutput));
    const sent = this.sent();
    out.push(this.row([partial(n, w), ...sent.parts]));
    const value = open.value(this.line) * this.sign();
    const factors = byOutput ? [["=", byOutput.value], ["@", byOutput.slope], sent.node] : [["=", this.turn(open.value(s))], sent.node];
    if (!this.hidden(this.line) && !this.hidden(s)) out.push(this.row([partial(this.error, w), ["*", ...factors], this.number(value)]));
    while (this.queue.length && this.seen.size <= MOST_DEEP) out.push(...this.next());
    return out;
  }

  /** -1 where the text's sensitivities are the negative of ∂F/∂n. */
  sign() {
    return this.open.text.sign ?? 1;
  }

  turn(value) {
    return this.sign() * value + 0;
  }

  weightName() {
    const made = this.open.ofWeight.get([this.about.layer, this.about.neuron, this.about.source ?? "", this.about.origin ?? ""].join("|"));
    const after = made.find((one) => this.open.about[one].quantity === "new_weight");
    const found = after === undefined ? undefined : this.open.steps(after)[0];
    if (Array.isArray(found) && found[0] === "+") return found[1];
    return ["s", "w"];
  }

  /** What the weight is multiplied with: a line, or the 1 of a bias. */
  sent() {
    if (this.about.source === undefined) return { parts: [["=", 1]], node: ["=", 1] };
    const made = this.open.madeOf(this.line).map((of) => of.line).filter((one) => one !== undefined && ["input", "output", "sent"].includes(this.open.about[one].quantity));
    if (!made.length) return { parts: [], node: ["=", NaN] };
    return { parts: [this.open.lines[made[0]][0], ["@", made[0]]], node: ["@", made[0]] };
  }

  /** ∂F/∂a of a unit: its sensitivity without the factor f'(n); undefined where the two are not apart. */
  byOutput(s) {
    const steps = this.open.steps(s);
    const tree = steps.find((step) => [...walk(step)].some((node) => Array.isArray(node) && node[0] === "@" && this.open.about[node[1]].quantity === "slope"));
    if (!tree) return undefined;
    const slope = this.open.find("slope", this.open.about[s]);
    const rest = without(tree, (node) => Array.isArray(node) && node[0] === "@" && node[1] === slope);
    const lettersAt = steps.indexOf(tree) - 1;
    const slopeName = this.open.lines[slope][0];
    const letters = lettersAt < 0 ? undefined : without(steps[lettersAt], (node) => node === slopeName);
    if (rest === undefined || letters === undefined) return undefined;
    const value = evaluate(rest, (node) => this.open.number(node));
    const turned = this.sign() < 0 ? (node) => ["-", node] : (node) => node;
    return { letters: turned(letters), numbers: turned(rest), value: this.turn(value), slope, terms: termsOf(turned(rest), (node) => this.open.number(node)) };
  }

  /** The factors of ∂F/∂n: by the output, with the terms of its sum, and the derivative of the activation. */
  factor(s, n, a, byOutput) {
    this.seen.add(s);
    for (const { line } of this.open.madeOf(s)) if (line !== undefined && this.open.about[line].quantity === "sensitivity" && !this.seen.has(line)) this.queue.push(line);
    if (!byOutput) return [this.row([partial(this.error, n), this.open.lines[s][0], ...this.open.steps(s), this.valueOf(s)], s)];
    const terms = byOutput.terms ? [byOutput.terms] : [];
    const value = this.hidden(s) ? "<mtext>□</mtext>" : this.number(byOutput.value);
    const rows = [this.row([partial(this.error, a), byOutput.letters, byOutput.numbers, ...(this.hidden(s) ? [] : terms), value], s)];
    rows.push(this.row([partial(a, n), this.open.lines[byOutput.slope][0], ...this.open.steps(byOutput.slope), this.valueOf(byOutput.slope)], byOutput.slope));
    return rows;
  }

  valueOf(line) {
    if (this.hidden(line)) return "<mtext>□</mtext>";
    return `<mrow class="number value" data-line="${line}">${numberText(rounded(this.open.value(line), this.open.data.digits))}</mrow>`;
  }

  /** The next sensitivity on the way to the error. */
  next() {
    const s = this.queue.shift();
    if (this.seen.has(s)) return [];
    const { layer, neuron } = this.open.about[s];
    const n = this.nameOf("net_input", layer, neuron), a = this.nameOf("output", layer, neuron), byOutput = this.byOutput(s);
    const head = byOutput ? [this.row([this.open.lines[s][0], ...(this.sign() < 0 ? [["-", ["*", partial(this.error, a), partial(a, n)]]] : [["*", partial(this.error, a), partial(a, n)]]), this.valueOf(s)], s)] : [];
    return [...head, ...this.factor(s, n, a, byOutput)];
  }
}

/** A product without one of its factors, its sign kept; undefined where that is no factor. */
function without(node, is) {
  if (!Array.isArray(node)) return undefined;
  if (node[0] === "-") {
    const inner = without(node[1], is);
    return inner === undefined ? undefined : ["-", inner];
  }
  if (node[0] !== "*") return undefined;
  const rest = node.slice(1).filter((part) => !is(part));
  if (rest.length === node.length - 1) return undefined;
  return rest.length === 0 ? ["=", 1] : rest.length === 1 ? rest[0] : ["*", ...rest];
}

/** A sum with each of its terms worked out; undefined where there is none. */
function termsOf(node, number) {
  if (node[0] === "-") {
    const inner = termsOf(node[1], number);
    return inner && ["-", inner];
  }
  if (node[0] === "*") {
    const found = node.slice(1).findIndex((part) => part[0] === "+");
    if (found < 0) return undefined;
    return ["*", ...node.slice(1).map((part, at) => (at === found ? termsOf(part, number) ?? part : part))];
  }
  if (node[0] !== "+" || !node.slice(1).some((term) => term[0] === "*")) return undefined;
  return ["+", ...node.slice(1).map((term) => (term[0] === "…" ? term : ["=", evaluate(term, number)]))];
}
