// How a run stands, in words and as a share, and the button that ends it.

import { escaped } from "./formulas.js";

const SECONDS_TO_HEAR = 0.8, SECONDS_TO_END = 4;
const NOT_HEARD = "This notebook hands the button on when the cell has ended: interrupt the kernel (■) instead; the run so far is kept.";

/** Interrupts the kernel by the server that the page is from, as its own button does it; whether there is such a server. */
async function interrupt(kernel) {
  const told = document.getElementById("jupyter-config-data")?.textContent;
  if (!told || !kernel) return false;
  try {
    const { baseUrl = "/", token = "" } = JSON.parse(told);
    const crossed = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1];
    const headers = { ...(crossed ? { "X-XSRFToken": crossed } : {}), ...(token ? { Authorization: `token ${token}` } : {}) };
    const answer = await fetch(`${baseUrl}api/kernels/${encodeURIComponent(kernel)}/interrupt`, { method: "POST", credentials: "same-origin", headers });
    return answer.ok;
  } catch {
    return false;
  }
}

function render({ model, el }) {
  el.classList.add("thalweg", "status-picture");
  el.innerHTML = '<h1></h1><div class="row"><progress max="1" aria-label="how much of the run is done"></progress><button type="button">Stop</button></div><p class="lines" role="status"></p><p class="told"></p>';
  const [title, bar, button, lines, told] = ["h1", "progress", "button", ".lines", ".told"].map((of) => el.querySelector(of));
  let asked = false, said = "";
  const timers = [];
  const draw = () => {
    const data = model.get("data"), going = model.get("going");
    title.textContent = data.title;
    title.hidden = !data.title;
    bar.value = data.share;
    bar.hidden = !going;
    button.hidden = !going || !model.get("stops");
    button.disabled = asked;
    button.textContent = asked ? "Stopping…" : "Stop";
    lines.innerHTML = data.lines.map((line) => `<span>${escaped(line)}</span>`).join(" · ");
    told.textContent = data.ended || said;
  };
  button.addEventListener("click", () => {
    asked = true;
    model.set("stop", true);
    model.save_changes();
    draw();
    timers.push(setTimeout(async () => {
      if (!model.get("going") || model.get("heard")) return;
      await interrupt(model.get("kernel"));
      timers.push(setTimeout(() => {
        if (!model.get("going")) return;
        said = NOT_HEARD;
        draw();
      }, 1000 * SECONDS_TO_END));
    }, 1000 * SECONDS_TO_HEAR));
  });
  for (const name of ["data", "going", "heard"]) model.on(`change:${name}`, draw);
  draw();
  return () => timers.forEach(clearTimeout);
}

export default { render };
