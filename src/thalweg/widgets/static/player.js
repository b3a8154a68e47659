// What goes through something recorded, one place after another: buttons, a slider, keys; it plays, and stops at the end.

const FRAMES = 160, LONGEST = 12; // frames of one passage; seconds that it takes at the most
const ICONS = { // drawn: fonts lack some of these signs
  first: "M3 2v12h2V2zM14 2L6 8l8 6z", back: "M12 2L4 8l8 6z", on: "M4 2l8 6l-8 6z", last: "M11 2v12h2V2zM2 2l8 6l-8 6z", play: "M4 2l9 6l-9 6z", pause: "M3 2v12h4V2zM9 2v12h4V2z",
};
export const icon = (name) => `<svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
export const PLAYER_KEYS = [["space", "play, pause"], ["→ ←", "on, back"], ["Home End", "the start, the end"]];

/** The bar as HTML. `what` is that of which there are several: epochs, frames. */
export function playerHtml(what) {
  const button = (of, label) => `<button type="button" data-do="${of}" aria-label="${label}" title="${label}">${icon(of)}</button>`;
  return `<div class="go" role="group" aria-label="Go through the ${what}s">${button("first", "To the start")}${button("back", "One back")}<button type="button" data-do="play" data-part="play"></button>${button("on", "One on")}${button("last", "To the end")}<input type="range" min="0" step="1" data-part="scrub" aria-label="${what}"><output data-part="where"></output></div>`;
}

/** Goes through `last() + 1` places; `moved(at)` shows one, `kept(at)` is told where it rests, `words(at)` says where that is. */
export class Player {
  constructor(el, { last, words, moved, kept }) {
    Object.assign(this, { el, last, words, moved, kept, at: 0, timer: null });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.part = (name) => el.querySelector(`.go [data-part=${name}]`);
    el.addEventListener("click", (event) => {
      const what = event.target.closest?.(".go [data-do]")?.dataset.do;
      if (what) this.do(what);
    });
    this.part("scrub").addEventListener("input", (event) => this.rest(Number(event.target.value), false));
    this.part("scrub").addEventListener("change", () => this.kept(this.at));
    this.write();
  }

  get playing() { return this.timer !== null; }

  /** To a place, as Python or the picture asks for it. */
  to(at) {
    this.at = Math.max(0, Math.min(this.last(), at));
    this.write();
    this.moved(this.at);
  }

  rest(at, keep = true) {
    if (this.playing) this.pause();
    this.to(at);
    if (keep) this.kept(this.at);
  }

  do(what) {
    if (what === "play") this.playing ? this.pause() : this.play();
    else this.rest({ first: 0, back: this.at - 1, on: this.at + 1, last: this.last() }[what]);
  }

  play() {
    if (this.last() < 1) return;
    if (this.at >= this.last()) this.to(0);
    const stride = Math.max(1, Math.ceil(this.last() / FRAMES));
    const pause = this.calm ? 700 : Math.max(40, Math.min(300, (LONGEST * 1000 * stride) / (this.last() + 1)));
    this.timer = setInterval(() => {
      if (!this.el.isConnected) return clearInterval(this.timer);
      this.to(this.at + stride);
      if (this.at >= this.last()) this.pause();
    }, pause);
    this.part("where").setAttribute("aria-live", "off");
    this.write();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.part("where").removeAttribute("aria-live");
    this.write();
    this.kept(this.at);
  }

  /** The bar as it stands. */
  write() {
    const last = this.last(), scrub = this.part("scrub"), what = this.playing ? "pause" : "play";
    scrub.max = String(last);
    scrub.value = String(this.at);
    const told = this.words(this.at);
    if (this.part("where").textContent !== told) this.part("where").textContent = told;
    scrub.setAttribute("aria-valuetext", told);
    this.el.querySelector(".go").hidden = last < 1;
    if (this.part("play").textContent.trim() !== what) this.part("play").innerHTML = `${icon(what)} ${what}`; // a click may be on the one that stands there
  }

  /** Whether a key was one of the bar's. */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || this.last() < 1) return false;
    const { key, target } = event;
    const own = target.closest?.("button, input, select, summary, a");
    if (own && (key === " " || key === "Enter" || (own.matches("select, input") && (key.startsWith("Arrow") || key === "Home" || key === "End")))) return false;
    const what = { " ": "play", ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last" }[key];
    if (!what) return false;
    this.do(what);
    return true;
  }

  end() { clearInterval(this.timer); }
}
