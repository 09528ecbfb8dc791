/** The timeline of one intake: what happened when, how long it took, and where nothing seemed to happen. */

import { h } from "../dom.js";
import { KINDS, milliseconds } from "./entry.js";
import { Scale } from "./scale.js";

const SETTLE_MS = 250;
const SPENT_ORDER = ["envelope", "ack", "file", "masko", "web_api", "bot"];

/** A waterfall; bars lead to their entry in the record. */
export class TimelineTab {
  #timer = 0;

  /** @param {(n: number) => void} onEntry Called with the number of an entry that one wants to see. */
  constructor(context, onEntry) {
    this.context = context;
    this.onEntry = onEntry;
    this.number = -1;
    this.field = context.threads.drawField("The newest thread", "timeline-thread");
    this.intakes = h("select", {
      class: "mini-field intake-field",
      "aria-label": "Which of the thread's intakes",
      "data-test": "timeline-intake",
      hidden: true,
    });
    this.sum = h("div", { class: "timeline-sum" });
    this.body = h("div", { class: "timeline", "data-test": "timeline" });
    this.element = h(
      "div",
      { class: "tab-panel" },
      h("div", { class: "inspector-tools" }, this.field, this.intakes, this.sum),
      this.body,
    );
    this.intakes.addEventListener("change", () => this.#choose(Number(this.intakes.value)));
    this.body.addEventListener("click", (event) => this.#clicked(event));
    context.threads.addEventListener("chosen", () => this.#choose(-1));
    this.reset();
  }

  /** The tab came to be seen. */
  shown() {
    this.#load();
  }

  /** Something was added to the record. */
  changed(entry) {
    if (!this.#isSeen || entry.thread !== this.#thread || this.#timer) return;
    this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
  }

  /** Show nothing. */
  reset() {
    this.intakes.hidden = true;
    this.sum.replaceChildren();
    const words = "Post an image: its way through the bot shows here, from the event to the card.";
    this.body.replaceChildren(h("p", { class: "inspector-nothing" }, words));
  }

  get #isSeen() {
    return this.context.isOpen() && !this.element.hidden;
  }

  get #thread() {
    return this.context.threads.chosen || this.context.threads.newest;
  }

  #choose(number) {
    this.number = number;
    if (this.#isSeen) this.#load();
  }

  async #load() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#thread) return;
    try {
      const { timeline } = await this.context.api.timeline(this.#thread, this.number);
      if (timeline) this.#draw(timeline);
      else this.reset();
    } catch (error) {
      this.context.toasts.show(error.message);
    }
  }

  #draw(timeline) {
    this.#drawIntakes(timeline);
    this.sum.replaceChildren(
      h("strong", {}, milliseconds(timeline.total_ms)),
      ...SPENT_ORDER.filter((kind) => timeline.spent[kind]).map((kind) =>
        h("span", { class: `spent kind-${kind}` }, `${wordsOf(kind)} ${milliseconds(timeline.spent[kind])}`),
      ),
    );
    const scale = new Scale(timeline.total_ms, timeline.gaps);
    this.body.replaceChildren(drawAxis(scale), ...rowsOf(timeline).map((row) => row(scale)));
  }

  #drawIntakes({ intakes, number }) {
    this.intakes.hidden = intakes.length < 2;
    this.intakes.replaceChildren(
      ...intakes.map(({ title }, index) => h("option", { value: index + 1 }, `${index + 1}. ${title}`)),
    );
    this.intakes.value = String(number);
  }

  #clicked(event) {
    const bar = event.target.closest("[data-entry]");
    if (bar) this.onEntry(Number(bar.dataset.entry));
  }
}

/** Bars and gaps in the order of their beginning, each as a function that draws it. */
function rowsOf({ bars, gaps }) {
  const rows = [
    ...bars.map((bar, index) => ({ start: bar.start_ms, rank: index, draw: (scale) => drawBar(bar, scale) })),
    ...gaps.map((gap) => ({ start: gap.start_ms, rank: bars.length, draw: (scale) => drawGap(gap, scale) })),
  ];
  rows.sort((a, b) => a.start - b.start || a.rank - b.rank);
  return rows.map(({ draw }) => draw);
}

function drawAxis(scale) {
  const ticks = scale.ticks().map((ms) =>
    h("span", { class: "timeline-tick", vars: { "--from": scale.percent(ms) } }, milliseconds(ms)),
  );
  return h("div", { class: "timeline-axis", "aria-hidden": "true" }, h("span", {}), h("div", {}, ...ticks));
}

function drawBar(bar, scale) {
  const state = bar.finding ? "finding" : bar.ok ? "ok" : "failed";
  const words = `${wordsOf(bar.kind)} ${bar.title}, ${milliseconds(bar.ms)}, at ${milliseconds(bar.start_ms)}`;
  const place = { "--from": scale.percent(bar.start_ms), "--size": scale.size(bar.start_ms, bar.ms) };
  return h(
    "button",
    {
      type: "button",
      class: "timeline-row",
      "data-entry": bar.n,
      "data-kind": bar.kind,
      "data-state": state,
      "aria-label": bar.finding ? `${words}: ${bar.finding}` : words,
      title: bar.finding ?? bar.fault ?? words,
    },
    h(
      "span",
      { class: "timeline-name" },
      h("span", { class: `entry-kind kind-${bar.kind}` }, wordsOf(bar.kind)),
      h("span", { class: "timeline-title" }, bar.title),
    ),
    h(
      "span",
      { class: "timeline-track" },
      h("span", { class: `timeline-bar kind-${bar.kind}`, vars: place }),
      h("span", { class: "timeline-ms", vars: place }, bar.ms ? milliseconds(bar.ms) : ""),
    ),
  );
}

function drawGap(gap, scale) {
  const place = { "--from": scale.percent(gap.start_ms), "--size": scale.size(gap.start_ms, gap.ms) };
  const words = gap.why ?? "the bot by itself, or waiting";
  return h(
    "div",
    { class: "timeline-row timeline-gap", "data-folded": scale.isFolded(gap), title: words },
    h("span", { class: "timeline-name" }, h("span", { class: "timeline-title" }, words)),
    h(
      "span",
      { class: "timeline-track" },
      h("span", { class: "timeline-bar", vars: place }),
      h("span", { class: "timeline-ms", vars: place }, milliseconds(gap.ms)),
    ),
  );
}

function wordsOf(kind) {
  return kind === "bot" ? "bot itself" : (KINDS[kind] ?? kind);
}
