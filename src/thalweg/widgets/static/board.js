// Several pictures on one page: each has its values, they go through a run together, and what changes is asked for.

/** What a notebook gives a picture: values to be read, set and listened to. */
function modelOf(values) {
  const heard = new Map();
  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of heard.get(`change:${name}`) ?? []) listener();
    },
    on(event, listener) { heard.set(event, [...(heard.get(event) ?? []), listener]); },
    off(event, listener) { heard.set(event, (heard.get(event) ?? []).filter((one) => one !== listener)); },
    save_changes() {},
  };
}

/** Shows pictures by name, each in the element of that name; what changes is had from the address `asks`, if there is one. */
export function show(pictures, { pictures: values, asks, title }) {
  const empty = asks ? document.documentElement.outerHTML : "";
  const models = Object.fromEntries(Object.keys(pictures).map((name) => [name, modelOf(values[name])]));
  for (const [name, picture] of Object.entries(pictures)) picture.render({ model: models[name], el: document.getElementById(name) });
  follow(models);
  if (asks) ask(asks, models).then(() => offer(empty, values, title));
}

/** Offers the page, as it stands, as a file: who served it has ended. */
function offer(empty, values, title) {
  const button = document.createElement("button");
  button.className = "board-save";
  button.textContent = "Save this page";
  button.addEventListener("click", () => {
    const page = new DOMParser().parseFromString(empty, "text/html");
    page.getElementById("values").textContent = JSON.stringify({ pictures: values, asks: "", title }).replaceAll("<", "\\u003c");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`<!doctype html>\n${page.documentElement.outerHTML}`], { type: "text/html" }));
    link.download = "training.html";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  document.body.append(button);
}

/** Lets each picture go to the moment that another one goes to. */
function follow({ curves, regions, network }) {
  const framed = () => [regions, network].find((one) => one?.get("frames")?.length);
  let following = false;
  const all = (of, what) => {
    const frames = framed()?.get("frames");
    if (following || !frames) return;
    following = true;
    let at = of.get(what);
    if (of === curves) {
      const wanted = at || Math.max(...frames.map((frame) => frame.epoch));
      at = frames.reduce((best, frame, k) => (Math.abs(frame.epoch - wanted) < Math.abs(frames[best].epoch - wanted) ? k : best), 0);
    } else curves?.set("epoch", at < frames.length - 1 ? Math.max(1, frames[Math.max(0, at)].epoch) : 0);
    for (const one of [regions, network]) if (one && one !== of && one.get("frames")?.length) one.set("frame", Math.min(at, one.get("frames").length - 1));
    following = false;
  };
  curves?.on("change:epoch", () => all(curves, "epoch"));
  for (const one of [regions, network]) one?.on("change:frame", () => all(one, "frame"));
}

const PAUSE = 300, LONGEST = 4000;

/** Asks for what changed, until nothing comes any more; the page stays as it is then. */
async function ask(address, models) {
  let since = 0, pause = PAUSE;
  for (;;) {
    try {
      const answer = await fetch(`${address}?since=${since}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { version, values, over } = await answer.json();
      since = version;
      pause = PAUSE;
      for (const [name, of] of Object.entries(values)) for (const [key, value] of Object.entries(of)) models[name]?.set(key, value);
      if (over) return;
      continue;
    } catch {
      pause *= 2;
      if (pause > LONGEST) {
        const { status } = models;
        status?.set("data", { ...status.get("data"), ended: status.get("data").ended || "The command does not answer any more: this is what it had shown." });
        status?.set("going", false);
        return;
      }
    }
    await new Promise((go) => setTimeout(go, pause));
  }
}
