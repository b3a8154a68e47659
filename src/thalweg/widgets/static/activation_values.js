// What a formula comes to: its letters have values, and its functions are those of Thalweg's formulas.

import { FormulaWriter } from "./formulas.js";

/** The error function: its series, and beyond it the continued fraction of its complement. */
function erf(u) {
  const x = Math.abs(u);
  if (x > 6) return Math.sign(u);
  if (x < 2.5) {
    let term = u, sum = u;
    for (let k = 1; k < 100; k += 1) {
      term *= (-u * u) / k;
      sum += term / (2 * k + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let rest = x;
  for (let k = 60; k >= 1; k -= 1) rest = x + k / 2 / rest;
  return Math.sign(u) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * rest));
}

const FUNCTIONS = {
  exp: Math.exp, log: Math.log, log1p: Math.log1p, expm1: Math.expm1, sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign,
  tanh: Math.tanh, sinh: Math.sinh, cosh: Math.cosh, sin: Math.sin, cos: Math.cos, tan: Math.tan, atan: Math.atan,
  asinh: Math.asinh, erf, max: Math.max, min: Math.min, relu: (u) => Math.max(u, 0),
  sigmoid: (u) => 1 / (1 + Math.exp(-u)), softplus: (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))),
};
const HOLDS = { "<": (u, v) => u < v, "<=": (u, v) => u <= v, ">": (u, v) => u > v, ">=": (u, v) => u >= v };

/** The value of a formula; `letters` are the values of its letters by name. */
export function valueOf(node, letters) {
  const [kind, ...parts] = node;
  const of = (part) => valueOf(part, letters);
  switch (kind) {
    case "=": return Number(parts[0]);
    case "s": return Object.hasOwn(letters, parts[0]) ? letters[parts[0]] : NaN;
    case "c": return parts[0] === "e" ? Math.E : Math.PI;
    case "-": return -of(parts[0]);
    case "+": return parts.reduce((sum, part) => sum + of(part), 0);
    case "*": return parts.reduce((product, part) => product * of(part), 1);
    case "/": return of(parts[0]) / of(parts[1]);
    case "^": return of(parts[0]) ** of(parts[1]);
    case "f": return Object.hasOwn(FUNCTIONS, parts[0]) ? FUNCTIONS[parts[0]](...parts.slice(1).map(of)) : NaN;
    case "?": {
      const [then, otherwise, signs, ...sides] = parts;
      return of(signs.every((sign, k) => HOLDS[sign](of(sides[2 * k]), of(sides[2 * k + 1]))) ? then : otherwise);
    }
    default: return NaN;
  }
}

/** f and f' of a function at a net input: by its formulas, or between the points that are drawn (then `near`). */
export function atPoint(data, f, n) {
  const letters = Object.fromEntries([["n", n], ...f.settings.map(([name, , value]) => [name, value])]);
  if (f.formulas) {
    const a = valueOf(f.formulas[0].safe, letters);
    return { a, slope: valueOf(f.formulas[1].safe, { ...letters, a }), near: false };
  }
  return { a: between(data, f.a, n), slope: between(data, f.slope, n), near: true };
}

/** A value between those that are drawn. */
export function between(data, values, n) {
  const share = ((n - data.low) / (data.high - data.low)) * (values.length - 1);
  const at = Math.min(values.length - 2, Math.max(0, Math.floor(share)));
  const [left, right] = [values[at], values[at + 1]];
  return left === null || right === null ? NaN : left + (share - at) * (right - left);
}

/** A formula with numbers for its letters. */
function filled(node, letters) {
  if (!Array.isArray(node)) return node;
  if (node[0] === "s") {
    const found = letters.find(([letter]) => JSON.stringify(letter) === JSON.stringify(node));
    return found ? ["=", found[1]] : node;
  }
  if (node[0] === "f") return ["f", node[1], ...node.slice(2).map((part) => filled(part, letters))];
  return node.map((part) => filled(part, letters));
}

/** Lines of MathML: a = f(n) and da/dn, as formulas, with the numbers of the point, and as a number. */
export function linesAt(data, f, n, digits = 5) {
  const { a, slope } = atPoint(data, f, n);
  const { letters } = data;
  const writer = new FormulaWriter([], digits);
  const named = [[letters.n, n], [letters.a, a], ...f.settings.map(([, letter, value]) => [letter, value])];
  const [out, by] = [writer.write(letters.a), writer.write(letters.n)];
  const left = [out, `<mfrac><mrow><mi>d</mi>${out}</mrow><mrow><mi>d</mi>${by}</mrow></mfrac>`];
  return [a, slope].map((value, k) => {
    const { shown } = f.formulas[k];
    const written = writer.write(shown), put = writer.write(filled(shown, named)), result = writer.write(["=", value]);
    const parts = [left[k], written];
    if (put !== written) parts.push(put);
    if (parts.at(-1) !== result) parts.push(result);
    const last = Number(value.toPrecision(digits)) === value ? "=" : "≈";
    return writer.pieces(parts, [...Array(parts.length - 2).fill("="), parts.length > 2 || parts.at(-1) === result ? last : "="]);
  });
}
