// Words, tables and formulas that Python wrote as HTML.

import { escaped } from "./formulas.js";

function render({ model, el }) {
  el.classList.add("thalweg", "words-picture");
  const draw = () => {
    const { title, html } = model.get("data");
    el.innerHTML = `${title ? `<h1>${escaped(title)}</h1>` : ""}<div class="scroll">${html}</div>`;
  };
  model.on("change:data", draw);
  draw();
}

export default { render };
