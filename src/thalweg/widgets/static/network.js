// The network alone: of a step with its numbers, or of a run with its weights by width and colour, gone through or live.

import { drawNetwork } from "./network_drawing.js";
import { escaped, plain, rounded } from "./formulas.js";
import { OpenStep, phaseWord } from "./steps.js";
import { showWeights } from "./weights.js";

/** Of a step: a phase and an example to choose, and the numbers of what is clicked. */
function showStep({ model, el }) {
  const data = model.get("data");
  const state = { place: 0, phase: "forward", example: 0, selected: null };
  el.classList.add("thalweg", "network-picture");
  const shownPhases = ["forward", "backward", "gradient", "update"];
  const draw = () => {
    const open = new OpenStep(data, state.place, model.get("notation") || data.notation, "units");
    const view = { open, told: open, network: data.network, phase: state.phase, example: state.example, hidden: () => false, selected: state.selected, line: -1 };
    const examples = [...new Set(open.about.map((about) => about.example).filter((q) => q !== undefined))];
    const lines = state.selected === null ? [] : open.ofUnit.get(state.selected) ?? open.ofWeight.get(state.selected) ?? [];
    const rows = lines.filter((line) => [undefined, state.example].includes(open.about[line].example)).map((line) => `<tr><td>${escaped(plain(open.name(line)))}</td><td>${rounded(open.value(line), data.digits)}</td></tr>`);
    const choice = (name, label, options, value) => `<label>${label} <select data-name="${name}">${options.map(([key, text]) => `<option value="${key}"${key === value ? " selected" : ""}>${escaped(text)}</option>`).join("")}</select></label>`;
    const menus = [choice("phase", "Phase", shownPhases.map((phase) => [phase, phaseWord(phase)]), state.phase)];
    if (examples.length > 1) menus.push(choice("example", "Example", examples.map((q) => [q, String(q + 1)]), state.example));
    if (data.steps.length > 1) menus.push(choice("place", "Step", data.steps.map((step, at) => [at, String(step.number)]), state.place));
    el.innerHTML = `<div class="menus">${menus.join(" ")}</div><div class="drawing">${drawNetwork(data.network, view)}</div><table>${rows.join("")}</table>`;
  };
  el.addEventListener("change", (event) => {
    const { name } = event.target.dataset;
    state[name] = name === "phase" ? event.target.value : Number(event.target.value);
    draw();
  });
  const choose = (event) => {
    const of = event.target.closest?.("[data-unit], [data-weight]");
    if (!of || (event.type === "keydown" && event.key !== "Enter")) return;
    state.selected = of.dataset.unit ?? of.dataset.weight;
    draw();
  };
  el.addEventListener("click", choose);
  el.addEventListener("keydown", choose);
  model.on?.("change:notation", draw);
  draw();
}

const render = (shown) => (shown.model.get("data").kind === "weights" ? showWeights : showStep)(shown);

export default { render };
