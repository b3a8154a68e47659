// How one goes through the steps: by lines, phases, examples, steps and epochs.

/** Goes on or back by one of what is said. */
export function goes(page, what, by) {
  const { open, line } = page;
  if (what === "line") {
    const at = page.phased ? open.order.indexOf(line) + by : line + by;
    if (at >= open.count) return page.to(0, { place: page.place + 1 });
    if (at < 0) return page.to(Infinity, { place: page.place - 1 });
    return page.to(page.phased ? open.order[at] : at);
  }
  if (what === "phase" && page.phased) {
    const stage = open.stages[open.stages.indexOf(open.stage(line)) + by];
    if (stage !== undefined) return page.to(open.linesOf(stage)[0]);
    return by > 0 ? goes(page, "step", 1) : page.to(Infinity, { place: page.place - 1 });
  }
  if (what === "phase") {
    const phase = open.phase(line);
    let at = line;
    while (at >= 0 && at < open.count && open.phase(at) === phase) at += by;
    if (by < 0) while (at > 0 && open.phase(at - 1) === open.phase(at)) at -= 1;
    if (at >= open.count) return goes(page, "step", 1);
    return page.to(Math.max(at, 0));
  }
  if (what === "example") {
    const examples = page.examples(), next = examples[examples.indexOf(page.example()) + by];
    if (next === undefined) return undefined;
    const about = open.about[line];
    const same = open.example(line) === undefined ? -1 : open.about.findIndex((one, at) => open.example(at) === next && ["quantity", "layer", "neuron", "source", "origin"].every((name) => one[name] === about[name]));
    return page.to(same >= 0 ? same : open.about.findIndex((_, at) => open.example(at) === next));
  }
  if (what === "step") return page.to(0, { place: page.place + by });
  const epoch = page.data.steps[page.place].epoch;
  let at = page.place;
  while (page.data.steps[at] && page.data.steps[at].epoch === epoch) at += by;
  if (by < 0) while (at > 0 && page.data.steps[at - 1].epoch === page.data.steps[at]?.epoch) at -= 1;
  return page.to(0, { place: at });
}
