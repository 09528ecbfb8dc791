/** Runs: what was done so far as a file, a file played again, and new beginnings. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { download, readFile } from "./file-transfer.js";
import { stepWords } from "./step-words.js";

const SETTLE_MS = 300;

/** The steps of this run or of a file, with buttons to play them. */
export class RunsTab {
  #timer = 0;
  #file = null;
  #steps = [];

  /** @param {Object} context `api`, `workspace`, `toasts`, and `isOpen`: whether the drawer is. */
  constructor(context) {
    this.context = context;
    this.title = h("h3", {});
    this.steps = h("ol", { class: "steps", "data-test": "steps" });
    this.result = h("div", { class: "replay-result", role: "status", "data-test": "replay-result" });
    this.element = h(
      "div",
      { class: "tab-panel faults" },
      h(
        "section",
        { class: "faults-side", "aria-label": "Steps" },
        h("div", { class: "run-head" }, this.title, ...this.#drawRunButtons()),
        this.result,
        this.steps,
      ),
      h("section", { class: "faults-side", "aria-label": "Beginnings" }, ...this.#drawBeginnings()),
    );
    this.#draw();
  }

  /** The tab came to be seen. */
  shown() {
    this.#load();
  }

  /** Something was done in the workspace. */
  changed() {
    if (!this.context.isOpen() || this.element.hidden || this.#file || this.#timer) return;
    this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
  }

  #drawRunButtons() {
    return [
      this.#button("Download recording", "download-recording", () => this.#download("recording")),
      this.#fileButton("Open recording…", "open-recording", ".json,application/json", (text) => this.#open(text)),
      this.#button("Play all", "play-all", () => this.#play({}), "button-primary"),
    ];
  }

  #drawBeginnings() {
    const { api } = this.context;
    const parts = [
      [
        "Reset",
        "Empties the workspace; people, channels and mascots are as at the start. The bot stays connected.",
        this.#button("Reset", "reset", () => this.#begin(() => api.reset({}), "The workspace is empty again")),
      ],
      [
        "Seed",
        "People, channels and mascots as YAML: save it, change it, begin with it.",
        this.#button("Save seed", "save-seed", () => this.#download("seed")),
        this.#fileButton("Begin with seed…", "open-seed", ".yml,.yaml,application/yaml", (seed) =>
          this.#begin(() => api.reset({ seed }), "The workspace is as the seed has it"),
        ),
      ],
      [
        "Snapshot",
        "Everything there is: messages, files, mascots. Ids stay, so a bot that kept its own store knows them again.",
        this.#button("Save snapshot", "save-snapshot", () => this.#download("snapshot")),
        this.#fileButton("Restore…", "open-snapshot", ".json,application/json", (text) =>
          this.#begin(() => api.reset({ snapshot: JSON.parse(text) }), "The snapshot is restored"),
        ),
      ],
    ];
    return parts.map(([title, words, ...buttons]) =>
      h("div", { class: "beginning" }, h("h3", {}, title), h("p", {}, words), h("div", { class: "run-head" }, ...buttons)),
    );
  }

  #button(words, test, act, style = "") {
    const props = { type: "button", class: `button button-mini ${style}`, "data-test": test };
    const button = h("button", { ...props, on: { click: () => this.#busy(button, act) } }, words);
    return button;
  }

  #stepButton(words, title, test, range) {
    const button = this.#button(words, test, () => this.#play(range));
    button.title = title;
    return button;
  }

  #fileButton(words, test, accept, onText) {
    const input = h("input", { type: "file", accept, class: "visually-hidden", tabindex: "-1", "data-test": test });
    const button = this.#button(words, `${test}-button`, () => input.click());
    input.addEventListener("change", () =>
      this.#busy(button, async () => {
        const text = await readFile(input);
        if (text !== null) await onText(text);
      }),
    );
    return h("span", {}, button, input);
  }

  async #busy(button, act) {
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      this.context.toasts.show(error instanceof SyntaxError ? "This file is no JSON." : error.message);
    } finally {
      button.disabled = false;
    }
  }

  async #load() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#file) return;
    const { steps } = await this.context.api.steps();
    this.#steps = steps;
    this.#draw();
  }

  async #download(what) {
    const { api } = this.context;
    const calls = { recording: () => api.recording(), seed: () => api.seed(), snapshot: () => api.snapshot() };
    download(await calls[what](), { recording: "recording.json", seed: "seed.yml", snapshot: "snapshot.json" }[what]);
  }

  #open(text) {
    const recording = JSON.parse(text);
    if (!recording.masko_sandbox_recording) throw new Error("This file is no recording.");
    this.#file = recording;
    this.#steps = recording.steps;
    this.result.replaceChildren();
    this.#draw();
  }

  async #begin(act, words) {
    await act();
    this.#file = null;
    this.result.replaceChildren();
    this.context.toasts.show(words, "note");
    await this.#load();
  }

  async #play(range) {
    const recording = this.#file ?? JSON.parse(await (await this.context.api.recording()).text());
    this.#file = recording;
    this.result.replaceChildren(h("p", { class: "playing" }, "Playing…"));
    try {
      this.#show(await this.context.api.replay({ recording, ...range }));
    } catch (error) {
      this.result.replaceChildren(h("p", { class: "differs" }, error.message));
    }
    this.#steps = recording.steps;
    this.#draw();
  }

  #show({ complete, steps, differences }) {
    const played = steps === 1 ? "1 step" : `${steps} steps`;
    if (differences.length) {
      const items = differences.map((words) => h("li", {}, words));
      const words = `${played} played; ${differences.length} went another way:`;
      this.result.replaceChildren(h("p", { class: "differs" }, icon("warning"), words), h("ul", {}, ...items));
      return;
    }
    const words = complete ? `${played} played: the same came of it.` : `${played} played. Go on from here.`;
    this.result.replaceChildren(h("p", { class: "same" }, icon("check"), words));
  }

  #draw() {
    this.title.textContent = this.#file ? "Recording" : "This run";
    const none = h("li", { class: "inspector-nothing" }, "Nothing was done yet: post, press, arm a fault.");
    this.steps.replaceChildren(...(this.#steps.length ? this.#steps.map((step) => this.#drawStep(step)) : [none]));
  }

  #drawStep(step) {
    const { n, at } = step;
    return h(
      "li",
      { class: "step", "data-step": n },
      h("span", { class: "step-at" }, `${at.toFixed(1)} s`),
      h("span", { class: "step-words" }, stepWords(step, this.context.workspace)),
      this.#stepButton("To here", "Begin anew and play up to this step", `until-${n}`, { until_step: n }),
      this.#stepButton("From here", "Go on with this step, where the ones before were played", `from-${n}`, {
        from_step: n,
      }),
    );
  }
}
