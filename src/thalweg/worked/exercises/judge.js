// Judges what is typed: each line by the numbers before it, given or typed, within what rounding every line does.
// The right numbers are nowhere in the page; they are worked out from what is given.
"use strict";
(() => {
  const exercise = JSON.parse(document.getElementById("exercise").textContent);
  const half = 0.5 * 10 ** -exercise.decimals;
  const anything = [-Infinity, Infinity];

  const logistic = (u) => 0.5 * (1 + Math.tanh(0.5 * u));
  const erf = (u) => {
    let term = u, sum = u;
    for (let k = 1; k < 200; k += 1) { term *= (-u * u) / k; sum += term / (2 * k + 1); }
    return Math.abs(u) > 5 ? Math.sign(u) : (2 / Math.sqrt(Math.PI)) * sum;
  };
  const functions = {
    exp: Math.exp, log: Math.log, log1p: Math.log1p, expm1: Math.expm1, sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign,
    tanh: Math.tanh, sinh: Math.sinh, cosh: Math.cosh, sin: Math.sin, cos: Math.cos, tan: Math.tan, atan: Math.atan,
    asinh: Math.asinh, erf, sigmoid: logistic, softplus: (u) => Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u))),
    relu: (u) => Math.max(u, 0), max: Math.max, min: Math.min,
  };

  // Between which numbers a result lies.
  const wider = ([low, high], by) => [low - by, high + by];
  const inHand = (value) => {
    const units = value / (2 * half);
    return Math.abs(units - Math.round(units)) < 1e-9 * Math.max(1, Math.abs(units)) ? [value, value]
      : [value - half, value + half];
  };
  const known = (span) => Number.isFinite(span[0]) && Number.isFinite(span[1]);
  const places = ([low, high]) => (low < 0 && high > 0 ? [low, 0, high] : [low, high]);
  const corners = (f, spans) => {
    let tuples = [[]];
    for (const span of spans) tuples = tuples.flatMap((tuple) => places(span).map((place) => [...tuple, place]));
    const values = tuples.map((tuple) => f(...tuple));
    return values.every(Number.isFinite) ? [Math.min(...values), Math.max(...values)] : anything;
  };
  const spanOf = (formula, hand) => {
    if (typeof formula === "string") return hand.get(formula)?.span ?? anything;
    if (typeof formula === "number") return inHand(formula);
    const [name, ...rest] = formula;
    const found = rest.map((part) => spanOf(part, hand));
    if (!found.every(known)) return anything;
    if (name === "-") return [-found[0][1], -found[0][0]];
    if (name === "+") return [found.reduce((sum, one) => sum + one[0], 0), found.reduce((sum, one) => sum + one[1], 0)];
    if (name === "*") {
      let whole = found[0];
      for (const factor of found.slice(1)) whole = corners((x, y) => x * y, [whole, factor]);
      const steps = found.length - 1;
      const largest = Math.max(1, ...found.flat().map(Math.abs));
      return wider(whole, steps * half * largest ** Math.max(0, steps - 1));
    }
    if (name === "/") {
      return found[1][0] <= 0 && found[1][1] >= 0 ? anything : wider(corners((x, y) => x / y, found), half);
    }
    if (name === "^") return wider(corners(Math.pow, typeof rest[1] === "number" ? [found[0], [rest[1], rest[1]]] : found), half);
    if (name === "sqrt") return wider(found[0].map((end) => Math.sqrt(Math.max(0, end))), half);
    return name in functions ? wider(corners(functions[name], found), half) : anything;
  };
  const valueOf = (formula, hand) => {
    if (typeof formula === "string") return hand.get(formula)?.value ?? NaN;
    if (typeof formula === "number") return formula;
    const [name, ...rest] = formula;
    const found = rest.map((part) => valueOf(part, hand));
    if (name === "-") return -found[0];
    if (name === "+") return found.reduce((sum, one) => sum + one, 0);
    if (name === "*") return found.reduce((whole, one) => whole * one, 1);
    if (name === "/") return found[0] / found[1];
    if (name === "^") return found[0] ** found[1];
    return functions[name](...found);
  };
  const holds = ([low, high], value) => {
    const slack = 1e-11 * Math.max(1, Math.abs(low), Math.abs(high));
    return value >= low - slack && value <= high + slack;
  };
  const read = (text) => {
    const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(/[−–‐﹣－]/g, "-").replace(",", ".");
    return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  };

  // The right numbers, each with the numbers in hand of one who makes no mistake.
  const rightOf = (student) => {
    const hand = new Map(Object.entries(student.given).map(([id, value]) => [id, { span: inHand(value), value }]));
    const right = new Map();
    for (const [id, kind, what] of student.lines) {
      if (kind === "given") hand.set(id, { span: inHand(what), value: what });
      else if (kind === "printed") hand.set(id, { span: wider([what, what], half), value: what });
      else {
        const formula = exercise.pool[what];
        const span = spanOf(formula, hand);
        right.set(id, span);
        const value = valueOf(formula, hand);
        const rounded = Number(value.toFixed(exercise.decimals));
        hand.set(id, kind === "blank" ? { span: wider([rounded, rounded], half), value: rounded } : { span, value });
      }
    }
    return { right, hand };
  };

  const looksLike = (mistakes, hand, value) => {
    const found = mistakes
      .map(([said, formula]) => ({ words: exercise.words[said], span: spanOf(exercise.pool[formula], hand) }))
      .filter((one) => known(one.span) && holds(one.span, value));
    found.sort((one, other) => exercise.kinds.indexOf(one.words[0]) - exercise.kinds.indexOf(other.words[0]));
    return found.length ? found[0].words.join(": ") : "";
  };

  const judge = (section, student) => {
    const tell = document.getElementById("tell").checked;
    const ideal = rightOf(student);
    const hand = new Map(Object.entries(student.given).map(([id, value]) => [id, { span: inHand(value), value }]));
    const fields = new Map([...section.querySelectorAll("input[data-id]")].map((field) => [field.dataset.id, field]));
    const off = new Set();
    const letters = (formula) => typeof formula === "string" ? [formula]
      : Array.isArray(formula) ? formula.slice(1).flatMap(letters) : [];
    let right = 0, done = 0;
    for (const [id, kind, what, mistakes, ways = []] of student.lines) {
      if (kind === "given") { hand.set(id, { span: inHand(what), value: what }); continue; }
      if (kind === "printed") { hand.set(id, { span: wider([what, what], half), value: what }); continue; }
      const formula = exercise.pool[what];
      const span = spanOf(formula, hand);
      const tainted = letters(formula).some((letter) => off.has(letter));
      const field = fields.get(id);
      const text = field ? field.value.trim() : "";
      const value = read(text);
      if (!field || Number.isNaN(value)) {
        hand.set(id, { span, value: valueOf(formula, hand) });
        if (tainted) off.add(id);
        if (field) say(field, tell && text ? ["wrong", "no number"] : ["", ""]);
        continue;
      }
      done += 1;
      let said;
      if (holds(ideal.right.get(id), value) || (!tainted && holds(span, value))) {
        said = ["right", "right"];
        right += 1;
      } else {
        const others = ways.map((way) => exercise.pool[way]).filter((way) => letters(way).some((letter) => off.has(letter)));
        off.add(id);
        if (holds(span, value) || others.some((way) => holds(spanOf(way, hand), value))) {
          said = ["follow", "right, given the earlier number"];
          right += value === 0 && ideal.hand.get(id).value !== 0 ? 0 : 1; // zeros follow from zeros
        } else {
          const ahead = new Map([...ideal.hand, ...hand]);
          const looks = looksLike(mistakes, ahead, value);
          said = ["wrong", looks ? `not right; it looks like ${looks}` : "not right"];
        }
      }
      hand.set(id, { span: wider([value, value], half), value });
      say(field, tell ? said : ["", ""]);
    }
    const count = document.getElementById("count");
    count.textContent = tell ? `${right} of ${fields.size} right` : `${done} of ${fields.size} filled in`;
  };
  const say = (field, [kind, words]) => {
    const said = field.parentElement.querySelector(".said");
    said.className = `said ${kind}`;
    said.textContent = words;
    field.setAttribute("aria-invalid", String(kind === "wrong"));
  };

  const sections = new Map([...document.querySelectorAll(".sheet")].map((one) => [one.dataset.student, one]));
  const menu = document.getElementById("who");
  const students = new Map(exercise.students.map((one) => [String(one.number), one]));
  let current = String(exercise.students[0].number);
  const again = () => judge(sections.get(current), students.get(current));
  const show = (number) => {
    current = number;
    for (const [of, section] of sections) section.hidden = of !== number;
    again();
  };
  const quoted = (text) => (/[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const save = () => {
    const student = students.get(current);
    const rows = [["student", "name", "line", "symbol", "answer", "exercise"]];
    for (const field of sections.get(current).querySelectorAll("input[data-id]")) {
      const { id } = field.dataset;
      rows.push([current, student.name, id, exercise.symbols[id] ?? "", field.value.trim(), exercise.code]);
    }
    const text = `\ufeff${rows.map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `answers-${current}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  document.addEventListener("input", again);
  document.getElementById("save").addEventListener("click", save);
  if (menu) menu.addEventListener("change", () => show(menu.value));
  show(current);
})();
