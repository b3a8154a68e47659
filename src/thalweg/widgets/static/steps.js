// A step of the data, ready to be asked: its lines, values, letters, and where each number came from.

import { rounded } from "./formulas.js";

const PHASES = {
  input: "forward", target: "forward", net_input: "forward", output: "forward", sent: "forward",
  error: "error", example_error: "error",
  slope: "backward", sensitivity: "backward", output_derivative: "backward",
  example_gradient: "gradient", gradient: "gradient",
  part: "update", delta: "update", new_weight: "update", state: "update",
  damping: "update", damped_matrix: "update", right_side: "update", solution: "update",
  error_after: "after", input_gradient: "backward", target_weight: "forward",
};
const PHASE_WORDS = {
  forward: "Forward", error: "Error", backward: "Backward", gradient: "Gradient", update: "Update", after: "After",
};

const STAGE_WORDS = {
  forward: "Forward", error: "Error", output: "Output sensitivities", interior: "Interior sensitivities",
  inputs: "Gradients by the inputs", gradients: "Gradients", update: "Update", after: "After",
};

/** What a quantity is called where no text says it. */
export const WORDS = {
  input: "input", target: "target", net_input: "net input", output: "output", sent: "output after dropout", error: "error",
  example_error: "error of the example", slope: "derivative of the activation", sensitivity: "sensitivity",
  output_derivative: "derivative by the output", example_gradient: "gradient of the example", gradient: "gradient",
  part: "part of the rule", delta: "update", new_weight: "new weight", error_before: "error", error_after: "error after",
  weight: "weight before the step", setting: "setting", kept: "kept from the update before", given: "given",
  bias_unit: "unit whose output is 1",
};

/** What a line is about, in a word that tells two apart. */
export function phaseWord(phase) {
  return PHASE_WORDS[phase] ?? phase;
}

/** A phase as it is gone through one at a time, in words: that of a layer names it. */
export function stageWord(stage) {
  const at = stage.indexOf(":");
  if (at < 0) return STAGE_WORDS[stage] ?? stage;
  return `${STAGE_WORDS[stage.slice(0, at)]}: ${stage.slice(at + 1)}`;
}

/** The unit of a layer or source, as the drawing names it. */
export const unitKey = (column, unit) => `${column}|${unit}`;
/** A connection: a weight, or (source undefined) a bias. */
export const weightKey = (of) => `${of.layer}|${of.neuron}|${of.source ?? ""}|${of.origin ?? ""}`;

/** A number or a matrix of the data, times a sign. */
function signed(value, sign) {
  if (value === null) return null;
  if (value.matrix) return { ...value, matrix: value.matrix.map((row) => row.map((one) => sign * Number(one) + 0)) };
  return sign * Number(value) + 0;
}

/** One step in one notation. */
export class OpenStep {
  constructor(data, place, notation, form) {
    const step = data.steps[place];
    const texts = step.texts.filter((text) => text.notation === notation);
    const text = texts.find((one) => one.form === form) ?? texts[0] ?? step.texts[0];
    const of = step.calculations[text.of];
    const shared = (at) => data.shared[at];
    Object.assign(this, { data, step, place, text, of });
    this.names = shared(text.names);
    this.lines = shared(text.lines);
    this.sections = shared(text.sections);
    this.about = shared(of.about);
    this.given = shared(of.given);
    this.before = shared(of.before);
    this.givenNames = shared(text.given);
    this.made = shared(text.made);
    this.turned = new Set(shared(text.turned));
    this.approximate = new Set(text.approximate);
    this.sectionOf = [];
    this.sections.forEach(([, items], at) => items.forEach((item) => { if (typeof item === "number") this.sectionOf[item] = at; }));
    this.index();
  }

  get count() {
    return this.lines.length;
  }

  /** The lines by what they are about: of a unit, of a weight, and who uses whom. */
  index() {
    this.ofUnit = new Map();
    this.ofWeight = new Map();
    this.users = this.lines.map(() => []);
    const enter = (map, key, line) => map.set(key, [...(map.get(key) ?? []), line]);
    const stages = new Map();
    this.about.forEach((about, line) => {
      const stage = this.stage(line);
      stages.set(stage, [...(stages.get(stage) ?? []), line]);
      if (about.weight !== undefined && about.neuron !== undefined) enter(this.ofWeight, weightKey(about), line);
      else if (about.quantity === "input" && about.origin !== undefined) enter(this.ofUnit, unitKey(about.source, about.origin), line);
      else if (about.neuron !== undefined) enter(this.ofUnit, unitKey(about.layer, about.neuron), line);
      for (const made of this.madeOf(line)) if (made.line !== undefined && !this.users[made.line].includes(line)) this.users[made.line].push(line);
    });
    this.stages = [...stages.keys()];
    this.order = [...stages.values()].flat();
  }

  /** The lines of a phase that is looked at alone, in their order. */
  linesOf(stage) {
    return this.order.filter((line) => this.stage(line) === stage);
  }

  /** The trees of a line: its formula by letters and by numbers. */
  steps(line) {
    return this.lines[line].slice(1).map((tree) => this.data.trees[tree]);
  }

  name(line) {
    return this.names[this.lines[line][0]];
  }

  /** The value of a line at full precision, a number or {matrix, of}; null where there is a formula alone. */
  value(line) {
    return signed(this.of.values[line], this.turned.has(line) ? -1 : 1);
  }

  digits(line) {
    return this.text.digits[line] ?? this.data.digits;
  }

  note(line) {
    return this.of.notes[line] ?? "";
  }

  /** The value of a rounded line without rounding, as it is told beside it; "" where it is the same. */
  exact(line) {
    const value = this.of.exact[line];
    return value === undefined ? "" : `exact ${rounded(this.turned.has(line) ? -Number(value) : Number(value), 8)}`;
  }

  /** The number that stands for a quantity: ["@", line, sign, other] or ["#", given, sign]. */
  number(node) {
    const [kind, at, sign = 1, other] = node;
    if (other !== undefined) return signed(other, 1);
    return signed(kind === "@" ? this.value(at) : this.of.given_values[at], sign);
  }

  /** What a line is made of, each once: {line} or {given}. */
  madeOf(line) {
    const found = new Map();
    const visit = (node) => {
      if (!Array.isArray(node)) return;
      if (node[0] === "@") found.set(`@${node[1]}`, { line: node[1] });
      else if (node[0] === "#") found.set(`#${node[1]}`, { given: node[1] });
      else node.slice(1).forEach((part) => visit(part));
    };
    this.steps(line).forEach(visit);
    (this.made[line] ?? []).forEach(visit);
    return [...found.values()];
  }

  phase(line) {
    const quantity = this.about[line].quantity;
    if (quantity === "error_before") return this.steps(line).length ? "error" : "after";
    return PHASES[quantity] ?? "after";
  }

  /** The phase as it is gone through one at a time: forward and back layer by layer. */
  stage(line) {
    const phase = this.phase(line), { quantity, layer } = this.about[line];
    const layers = this.data.network.layers;
    if (phase === "forward") return `forward:${layer && quantity !== "target" ? layer : layers[0].name}`;
    if (quantity === "input_gradient") return "inputs";
    if (phase === "backward") return layer === layers.at(-1).name ? "output" : `interior:${layer}`;
    return phase === "gradient" ? "gradients" : phase;
  }

  /** The example of a line; of a line of several the first; undefined: of the step. */
  example(line) {
    const about = this.about[line];
    return about.example ?? (about.examples?.length === 1 ? about.examples[0] : undefined);
  }

  /** Whether a line says what was there, and not what comes out. */
  isGiven(line) {
    return ["input", "target"].includes(this.about[line].quantity);
  }

  /** The line of a quantity of a unit in an example, or of a weight. */
  find(quantity, about) {
    return this.about.findIndex((one) => one.quantity === quantity && ["layer", "neuron", "source", "origin", "example"]
      .every((name) => about[name] === undefined || one[name] === about[name]) && (about.source !== undefined || one.source === undefined));
  }

  title(line) {
    return this.sections[this.sectionOf[line]]?.[0] ?? "";
  }

  /** What something given is, in words. */
  givenWords(at) {
    const about = this.given[at];
    if (about.quantity === "weight") {
      const several = about.neuron === undefined;
      return `${about.source === undefined ? (several ? "biases" : "bias") : several ? "weights" : "weight"} before the step`;
    }
    if (about.quantity === "setting") return `${about.part.replaceAll("_", " ")}, a setting`;
    return WORDS[about.quantity] ?? "given";
  }
}
