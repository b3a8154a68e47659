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
  const inHand = (value, by = half) => {
    const units = value / (2 * by);
    return Math.abs(units - Math.round(units)) < 1e-9 * Math.max(1, Math.abs(units)) ? [value, value]
      : [value - by, value + by];
  };
  const known = (span) => Number.isFinite(span[0]) && Number.isFinite(span[1]);
  const places = ([low, high]) => (low < 0 && high > 0 ? [low, 0, high] : [low, high]);
  const corners = (f, spans) => {
    let tuples = [[]];
    for (const span of spans) tuples = tuples.flatMap((tuple) => places(span).map((place) => [...tuple, place]));
    const values = tuples.map((tuple) => f(...tuple));
    return values.every(Number.isFinite) ? [Math.min(...values), Math.max(...values)] : anything;
  };
  const spanOf = (formula, hand, by = half) => {
    if (typeof formula === "string") return hand.get(formula)?.span ?? anything;
    if (typeof formula === "number") return inHand(formula, by);
    const [name, ...rest] = formula;
    const found = rest.map((part) => spanOf(part, hand, by));
    if (!found.every(known)) return anything;
    if (name === "-") return [-found[0][1], -found[0][0]];
    if (name === "+") return [found.reduce((sum, one) => sum + one[0], 0), found.reduce((sum, one) => sum + one[1], 0)];
    if (name === "*") {
      let whole = found[0];
      for (const factor of found.slice(1)) whole = corners((x, y) => x * y, [whole, factor]);
      const steps = found.length - 1;
      const largest = Math.max(1, ...found.flat().map(Math.abs));
      return wider(whole, steps * by * largest ** Math.max(0, steps - 1));
    }
    if (name === "/") {
      return found[1][0] <= 0 && found[1][1] >= 0 ? anything : wider(corners((x, y) => x / y, found), by);
    }
    if (name === "^") return wider(corners(Math.pow, typeof rest[1] === "number" ? [found[0], [rest[1], rest[1]]] : found), by);
    if (name === "sqrt") return wider(found[0].map((end) => Math.sqrt(Math.max(0, end))), by);
    return name in functions ? wider(corners(functions[name], found), by) : anything;
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

  // What a number may be: each mistake that comes out to it, or else one with its sign turned as well. Where numbers cut
  // off lead to it as well, that is simpler.
  const looksOf = (mistakes, hands, value, cut) => {
    const turned = (span) => [-span[1], -span[0]];
    const explained = (formula, way) => hands.some((hand) => {
      const span = spanOf(exercise.pool[formula], hand);
      return known(span) && holds(way(span), value);
    });
    const looks = (found, end) => found.map(([said]) => {
      const [kind, words] = exercise.words[said];
      return { kind, words: words + end, second: cut };
    });
    let found = looks(mistakes.filter(([, formula]) => explained(formula, (span) => span)), "");
    if (!found.length) {
      const others = mistakes.filter(([said, formula]) => exercise.words[said][0] !== "sign" && explained(formula, turned));
      found = looks(others, ", and the sign is turned");
    }
    return cut ? [{ kind: "rounding", words: exercise.cut, second: false }, ...found] : found;
  };

  // One name for each wrong line: of what it may be that which most others of its quantity may be as well. A mistake that
  // is there again keeps its point.
  const named = (wrong) => {
    const each = new Set(exercise.counted_each);
    const quantity = (id) => id.split(/[:#.]/)[0];
    const common = new Map();
    for (const { id, looks } of wrong) {
      for (const kind of new Set(looks.filter((one) => !one.second && !each.has(one.kind)).map((one) => one.kind))) {
        common.set(`${quantity(id)} ${kind}`, (common.get(`${quantity(id)} ${kind}`) ?? 0) + 1);
      }
    }
    const seen = new Set();
    return wrong.map(({ id, field, looks, nothing }) => {
      if (!looks.length) return { field, said: ["wrong", "not right"], point: 0 };
      const of = quantity(id);
      const order = (one) => [Number(one.second), Number(!seen.has(`${of} ${one.kind}`)),
        -(common.get(`${of} ${one.kind}`) ?? 0), exercise.kinds.indexOf(one.kind)];
      const [best] = looks.map((one) => [order(one), one]).sort(([one], [other]) => {
        const k = one.findIndex((place, at) => place !== other[at]);
        return k < 0 ? 0 : one[k] - other[k];
      })[0].slice(1);
      const again = seen.has(`${of} ${best.kind}`) && !each.has(best.kind);
      seen.add(`${of} ${best.kind}`);
      const words = `${best.kind}: ${best.words}`;
      return again ? { field, said: ["wrong", `the same mistake again: ${words}`], point: nothing ? 0 : 1 }
        : { field, said: ["wrong", `not right; it looks like ${words}`], point: 0 };
    });
  };

  // The numbers in hand: by the formulas alone, and by the wrong errors that were typed; rounded, and cut off.
  const hands = (student) => [[half, false], [half, true], [2 * half, false], [2 * half, true]].map(([by, own]) => ({
    by, own, map: new Map(Object.entries(student.given).map(([id, value]) => [id, { span: inHand(value, by), value }])),
  }));
  const write = (all, id, value) => {
    for (const { by, map } of all) map.set(id, { span: wider([value, value], by), value });
  };

  const judge = (section, student) => {
    const tell = document.getElementById("tell").checked;
    const ideal = rightOf(student);
    const all = hands(student);
    const [hand, byOwn] = all.map((one) => one.map);
    const fields = new Map([...section.querySelectorAll("input[data-id]")].map((field) => [field.dataset.id, field]));
    const typed = new Map([...fields].map(([id, field]) => [id, read(field.value.trim())])
      .filter(([, value]) => !Number.isNaN(value))
      .map(([id, value]) => [id, { span: wider([value, value], half), value }]));
    const off = new Set();
    const letters = (formula) => typeof formula === "string" ? [formula]
      : Array.isArray(formula) ? formula.slice(1).flatMap(letters) : [];
    const isOff = (formula) => letters(formula).some((letter) => off.has(letter));
    const wrong = [];
    let right = 0, repeated = 0, done = 0;
    for (const [id, kind, what, mistakes, ways = []] of student.lines) {
      if (kind === "given") {
        for (const { by, map } of all) map.set(id, { span: inHand(what, by), value: what });
        continue;
      }
      if (kind === "printed") { write(all, id, what); continue; }
      const formula = exercise.pool[what];
      const others = ways.filter(([way]) => isOff(exercise.pool[way]));
      const formulas = [formula, ...others.map(([way]) => exercise.pool[way])];
      const field = fields.get(id);
      const text = field ? field.value.trim() : "";
      const value = read(text);
      if (!field || Number.isNaN(value)) {
        for (const { by, own, map } of all) {
          const of = own && others.length ? formulas[1] : formula;
          map.set(id, { span: spanOf(of, map, by), value: valueOf(of, map) });
        }
        if (isOff(formula)) off.add(id);
        if (field) say(field, tell && text ? ["wrong", "no number"] : ["", ""]);
        continue;
      }
      done += 1;
      const nothing = value === 0 && ideal.hand.get(id).value !== 0; // zeros follow from zeros
      const fits = ({ by, map }) => formulas.some((of) => {
        const span = spanOf(of, map, by);
        return (by === half || known(span)) && holds(span, value);
      });
      if (holds(ideal.right.get(id), value) || (!isOff(formula) && holds(spanOf(formula, hand), value))) {
        right += 1;
        say(field, tell ? ["right", "right"] : ["", ""]);
      } else {
        off.add(id);
        if (all.slice(0, 2).some(fits)) {
          right += nothing ? 0 : 1;
          say(field, tell ? ["follow", "right, given the earlier number"] : ["", ""]);
        } else {
          const ahead = [hand, byOwn].map((one) => new Map([...ideal.hand, ...typed, ...one]));
          const may = [...mistakes, ...others.flatMap(([, found]) => found)];
          wrong.push({ id, field, nothing, looks: looksOf(may, ahead, value, all.slice(2).some(fits)) });
        }
      }
      write(all, id, value);
    }
    for (const { field, said, point } of named(wrong)) {
      repeated += point;
      say(field, tell ? said : ["", ""]);
    }
    const count = document.getElementById("count");
    const told = `${right} of ${fields.size} right`;
    const points = repeated ? `; the same mistake counts once: ${right + repeated} points` : "";
    count.textContent = tell ? told + points : `${done} of ${fields.size} filled in`;
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
