// Numbers and formulas as a browser shows them, from the data of a picture: each formula a small array.

const SUM = 1, PRODUCT = 2, POWER = 3;
const MINUS = '<mo lspace="0" rspace="0">−</mo>';
const BREAK = "\u0001"; // before a term of a sum or a factor: there a long line may be broken
const LONG = 30; // letters of a fraction's top or bottom, above which it is written with a slash
const MARKS = { hat: "^", dot: "˙", bar: "¯", tilde: "~" };
const OVER = { hat: "\u0302", dot: "\u0307", prime: "′", bar: "\u0304", tilde: "\u0303" };
const FENCES = ["(", ")", "[", "]"];
const SIGNS = { "<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥" };
const FUNCTION_NAMES = { log: "ln" };

/** A text without what HTML reads. */
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A number at so many significant digits, without superfluous zeros, as Python's %g writes it. */
export function rounded(value, digits) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  let [mantissa, exponent] = tieToEven(value, digits).toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power < -4 || power >= digits) {
    if (mantissa.includes(".")) mantissa = mantissa.replace(/\.?0+$/, "");
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const fixed = fixedOf(mantissa, power);
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

/** Half way between two roundings JavaScript takes the larger, and the other languages the even one. */
function tieToEven(value, digits) {
  const [mantissa, exponent] = Math.abs(value).toExponential(60).split("e");
  const figures = mantissa.replace(".", "");
  const rest = figures.slice(digits);
  if (!/^50*$/.test(rest) || Number(figures[digits - 1]) % 2) return value;
  return Number(`${value < 0 ? "-" : ""}${figures[0]}.${figures.slice(1, digits)}e${exponent}`);
}

function fixedOf(mantissa, power) {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const figures = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${figures}`;
  const whole = figures.slice(0, power + 1), rest = figures.slice(power + 1);
  return `${sign}${whole}${rest ? `.${rest}` : ""}`;
}

/** What a formula of numbers comes to; NaN where letters stand in it. `number` says the value of one that came from somewhere. */
export function evaluate(node, number) {
  if (!Array.isArray(node)) return NaN; // a letter, or a matrix
  const [kind, ...parts] = node;
  const of = (part) => evaluate(part, number);
  switch (kind) {
    case "=": return Number(parts[0]);
    case "@": case "#": return Number(number(node));
    case "c": return parts[0] === "e" ? Math.E : Math.PI;
    case "-": return -of(parts[0]);
    case "+": return parts.reduce((sum, part) => sum + of(part), 0);
    case "*": return parts.reduce((product, part) => product * of(part), 1);
    case "/": return of(parts[0]) / of(parts[1]);
    case "^": return of(parts[0]) ** of(parts[1]);
    case "…": return parts[1] === null ? NaN : Number(parts[1]);
    case "f": return typeof Math[parts[0]] === "function" ? Math[parts[0]](...parts.slice(1).map(of)) : NaN;
    default: return NaN;
  }
}

/** All parts of a formula, from left to right: names as numbers, the others as arrays. */
export function* walk(node) {
  yield node;
  if (!Array.isArray(node) || ["=", "@", "#", "s", "c", "M", "…"].includes(node[0])) return;
  const parts = node[0] === "f" && typeof node[1] === "string" ? node.slice(2) : node[0] === "[" ? node.slice(1).flat() : node.slice(1);
  for (const part of parts) if (part !== null) yield* walk(part);
}

/** A name of a text as plain text: w1,2. */
export function plain(node) {
  if (!Array.isArray(node)) return "";
  const [kind, ...parts] = node;
  if (kind === "/") return parts.map(plain).join("/");
  if (kind === "f") return `${Array.isArray(parts[0]) ? plain(parts[0]) : parts[0]}(${parts.slice(1).map(plain).join(", ")})`;
  if (kind !== "s") return parts.map(plain).join(kind === "+" ? " + " : "");
  const [base, below = [], above = [], mark = ""] = parts;
  return `${base}${OVER[mark] ?? ""}${below.join(",")}${above.length ? `(${above.join("")})` : ""}`;
}

/** A letter with its indices. */
export function letterOf([base, below = [], above = [], mark = "", bold = 0]) {
  let written = bold ? `<mi mathvariant="normal" style="font-weight:bold">${escaped(base)}</mi>` : identifier(base), over = indices(above, "");
  if (mark === "prime") over = `<mrow><mo>′</mo>${over}</mrow>`;
  else if (mark) written = `<mover>${written}<mo>${MARKS[mark]}</mo></mover>`;
  const under = indices(below, "<mo>,</mo>");
  if (under && over) return `<msubsup>${written}${under}${over}</msubsup>`;
  if (under) return `<msub>${written}${under}</msub>`;
  return over ? `<msup>${written}${over}</msup>` : written;
}

function identifier(text) {
  if (/^\d+$/.test(text)) return `<mn>${text}</mn>`;
  if (FENCES.includes(text)) return `<mo stretchy="false">${text}</mo>`;
  return [...text].length === 1 ? `<mi>${escaped(text)}</mi>` : `<mi mathvariant="normal">${escaped(text)}</mi>`;
}

function indices(parts, between) {
  if (!parts.length) return "";
  const written = parts.map(identifier).join(between);
  return parts.length > 1 ? `<mrow>${written}</mrow>` : written;
}

/** A rounded number; with its exponent as a power of ten. */
export function numberText(text, around = 0) {
  let [mantissa, exponent] = text.split("e"), sign = "";
  if (mantissa.startsWith("-")) [sign, mantissa] = [MINUS, mantissa.slice(1)];
  let written = `${sign}<mn>${mantissa}</mn>`;
  if (exponent) {
    const power = Number(exponent);
    const shown = power >= 0 ? `<mn>${power}</mn>` : `<mrow>${MINUS}<mn>${-power}</mn></mrow>`;
    written += `<mo>×</mo><msup><mn>10</mn>${shown}</msup>`;
  }
  return bracketed(written, around && (sign || exponent));
}

function bracketed(text, needed) {
  return needed ? `<mo stretchy="false">(</mo>${text}<mo stretchy="false">)</mo>` : text;
}

/** How long a formula is as it is read. */
export function lengthOf(mathml) {
  return mathml.replace(/<[^>]*>|\u0001/g, "").length;
}

/**
 * Writes formulas as MathML: `names` are the text's, `digits` those of its numbers, `number` the value of one that came
 * from somewhere (undefined: it is hidden), and `open` the attributes of the element around it.
 */
export class FormulaWriter {
  constructor(names, digits, number, open = () => "") {
    Object.assign(this, { names, digits, number, open, depth: 0 });
  }

  write(node, around = 0) {
    if (typeof node === "number") return this.write(this.names[node], around);
    const [kind, ...parts] = node;
    switch (kind) {
      case "s": return letterOf(parts);
      case "c": return letterOf([parts[0] === "pi" ? "π" : parts[0]]);
      case "=": case "@": case "#": return this.numberOf(node, around);
      case "-": return bracketed(MINUS + this.write(parts[0], PRODUCT), around > SUM);
      case "+": return bracketed(this.sum(parts), around >= SUM);
      case "*": return bracketed(this.product(parts), around > PRODUCT);
      case "/": return this.fraction(parts, around);
      case "^": return `<msup><mrow>${this.inside(() => this.base(parts[0]))}</mrow><mrow>${this.inside(() => this.write(parts[1]))}</mrow></msup>`;
      case "f": return this.call(parts);
      case "…": return parts[1] === null ? "<mo>⋯</mo>" : `<munder><mrow>${numberText(rounded(Number(parts[1]), this.digits))}</mrow><mtext>${parts[0].toLocaleString("en")} more</mtext></munder>`;
      case "[": return this.array(parts);
      case "M": return this.matrix(parts[0]);
      case "⊙": return bracketed(parts.map((part) => this.factor(part)).join(`${this.depth ? "" : BREAK}<mo>⊙</mo>`), around >= PRODUCT);
      case "T": return this.transposed(parts[0]);
      case "d": return this.inside(() => `<mfrac><mi>${parts[0]}</mi><mrow><mi>${parts[0]}</mi>${this.write(parts[1])}</mrow></mfrac><mrow><mo>[</mo>${this.write(parts[2])}<mo>]</mo></mrow>`);
      case "Σ": return bracketed(`<munder><mo>∑</mo><mtext>${escaped(parts[0])}</mtext></munder>${this.write(parts[1], PRODUCT)}`, around > SUM);
      case "?": return this.inside(() => this.cases(parts));
      default: return "";
    }
  }

  /** What may not be broken: it stands in an element. */
  inside(write) {
    this.depth += 1;
    const written = write();
    this.depth -= 1;
    return written;
  }

  valueOf(node) {
    return node[0] === "=" ? Number(node[1]) : this.number(node);
  }

  numberOf(node, around) {
    const value = this.valueOf(node);
    const written = value === undefined ? "<mtext>□</mtext>" : value?.matrix ? this.matrix(value) : numberText(rounded(value, this.digits), around);
    const attributes = this.open(node);
    return attributes ? `<mrow ${attributes}>${written}</mrow>` : written;
  }

  sum(terms) {
    const signed = terms.map((term) => this.signed(term));
    const space = this.depth ? "" : BREAK;
    return signed.map(([sign, text], at) => (at ? `${space}<mo>${sign === "-" ? "−" : "+"}</mo>${text}` : (sign === "-" ? MINUS : "") + text)).join("");
  }

  signed(term) {
    if (Array.isArray(term)) {
      if (term[0] === "-") return ["-", this.write(term[1], PRODUCT)];
      if (this.isNumber(term)) {
        const value = this.valueOf(term);
        if (value < 0) return ["-", this.turned(term, value)];
      }
    }
    return ["+", this.write(term, SUM)];
  }

  /** A negative number behind a minus of its own. */
  turned(node, value) {
    const written = numberText(rounded(-value, this.digits));
    const attributes = this.open(node);
    return attributes ? `<mrow ${attributes}>${written}</mrow>` : written;
  }

  product(factors) {
    const [first, ...rest] = factors;
    const bare = this.isNumber(first) && !(this.valueOf(first) < 0) && rest.length && this.standsApart(rest[0]);
    const head = bare ? this.write(first) : this.factor(first);
    const space = '<mspace width="0.17em"/>', written = [head, ...rest.map((factor) => this.factor(factor))];
    const long = !this.depth && (lengthOf(written.join("")) > LONG || factors.some((factor) => factor[0] === "+") || written.some((one) => one.includes("matrix")));
    return written.join(space + (long ? BREAK : "")).replaceAll(`<mi>∂</mi>${space}`, "<mi>∂</mi>");
  }

  isNumber(node) {
    return Array.isArray(node) && ["=", "@", "#"].includes(node[0]) && !this.valueOf(node)?.matrix;
  }

  standsApart(node) {
    if (typeof node === "number") return this.standsApart(this.names[node]);
    return node[0] === "s" || node[0] === "+" || (node[0] === "f" && node[1] !== "sqrt");
  }

  factor(node) {
    return this.isNumber(node) ? bracketed(this.numberOf(node, 0), true) : this.write(node, PRODUCT);
  }

  base(node) {
    if (this.isNumber(node)) return this.factor(node);
    const name = typeof node === "number" ? this.names[node] : node;
    const powered = ["/", "^"].includes(name[0]) || (name[0] === "s" && (name[3] ?? []).length);
    return powered ? bracketed(this.write(node), true) : this.write(node, POWER + 1);
  }

  fraction([top, bottom], around) {
    const both = this.inside(() => [this.write(top), this.write(bottom)]);
    if (both.every((part) => lengthOf(part) <= LONG)) return `<mfrac><mrow>${both[0]}</mrow><mrow>${both[1]}</mrow></mfrac>`;
    return bracketed(`${this.write(top, PRODUCT + 1)}<mo>/</mo>${this.write(bottom, PRODUCT + 1)}`, around > PRODUCT);
  }

  call([name, ...parts]) {
    if (name === "sqrt") return `<msqrt>${this.inside(() => this.write(parts[0]))}</msqrt>`;
    const written = parts.map((part) => this.write(part)).join("<mo>,</mo>");
    if (name === "abs") return `<mo>|</mo>${written}<mo>|</mo>`;
    const shown = typeof name === "number" ? this.write(name) : Array.isArray(name) ? letterOf(name.slice(1))
      : `<mi mathvariant="normal">${escaped(FUNCTION_NAMES[name] ?? name)}</mi>`;
    return `${shown}<mo stretchy="false">(</mo>${written}<mo stretchy="false">)</mo>`;
  }

  /** The raised T; an index above stands before it. */
  transposed(of) {
    const name = typeof of === "number" ? this.names[of] : of;
    const apart = name[0] === "s" && (name[3] ?? []).length;
    const written = this.inside(() => bracketed(this.write(of, POWER + 1), apart));
    return `<msup><mrow>${written}</mrow><mi mathvariant="normal">T</mi></msup>`;
  }

  /** Numbers in rows and columns; what is left out is told by dots. */
  matrix({ matrix, of: [rows, columns] }) {
    const more = matrix[0].length < columns ? [null] : [];
    const shown = matrix.map((row) => [...row.map((value) => ["=", value]), ...more]);
    return this.array(matrix.length < rows ? [...shown, shown[0].map(() => null)] : shown);
  }

  array(rows) {
    return this.inside(() => {
      const written = rows.map((row) => row.map((cell) => (cell === null ? "<mo>⋯</mo>" : this.write(cell))));
      const wide = written.map((row) => row.reduce((sum, cell) => sum + lengthOf(cell) + 2, 0));
      const cells = written.map((row) => `<mtr>${row.map((cell) => `<mtd>${cell}</mtd>`).join("")}</mtr>`).join("");
      return `<mrow class="matrix" style="--wide:${Math.max(...wide, 1)}"><mo>[</mo><mtable>${cells}</mtable><mo>]</mo></mrow>`;
    });
  }

  cases([then, otherwise, signs, ...sides]) {
    const holds = signs.map((sign, at) => `${this.write(sides[2 * at])}<mo>${SIGNS[sign]}</mo>${this.write(sides[2 * at + 1])}`).join("<mo>,</mo>");
    const rows = [`${this.write(then)}</mtd><mtd><mtext>if&#xa0;</mtext>${holds}`, `${this.write(otherwise)}</mtd><mtd><mtext>otherwise</mtext>`];
    return `<mrow><mo>{</mo><mtable columnalign="left">${rows.map((row) => `<mtr><mtd>${row}</mtd></mtr>`).join("")}</mtable></mrow>`;
  }

  /** The parts of a line, between which it is broken, and where one is longer than a line before the terms of its sums. */
  pieces(parts, signs) {
    return parts.map((part, at) => {
      const pieces = part.split(BREAK).map((piece, number) => {
        const sign = at && !number ? `<mo form="infix">${signs[at - 1]}</mo>` : "";
        const infix = piece.replace(/^<mo>/, '<mo form="infix">');
        return `<math><mrow>${sign}${infix}</mrow></math>`;
      });
      return `<span class="part">${pieces.join("<wbr>")}</span>`;
    }).join(" ");
  }
}
