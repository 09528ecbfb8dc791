/** The inspector: a drawer with the record, a timeline, faults to switch on, and runs to play again. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { FaultsTab } from "./faults.js";
import { drawGrip } from "./grip.js";
import { RecordTab } from "./record.js";
import { RunsTab } from "./runs.js";
import { Tabs } from "./tabs.js";
import { Threads } from "./threads.js";
import { TimelineTab } from "./timeline.js";

const HEIGHT_PERCENT = 44;

/** The drawer and the button that opens it. */
export class Inspector {
  #last = 0;
  #findings = 0;

  /**
   * @param {{api: import("../api.js").ControlApi, workspace: import("../state.js").Workspace,
   *   toasts: import("../floating/toast.js").Toasts, onToggle: (open: boolean) => void}} options
   */
  constructor({ api, workspace, toasts, onToggle }) {
    this.api = api;
    this.onToggle = onToggle;
    this.threads = new Threads(workspace);
    const context = { api, workspace, toasts, threads: this.threads, isOpen: () => !this.element.hidden };
    this.record = new RecordTab(context);
    this.timeline = new TimelineTab(context, (n) => this.#showEntry(n));
    this.faults = new FaultsTab(context);
    this.runs = new RunsTab(context);
    this.#build();
  }

  /** Open or close the drawer. */
  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.button.setAttribute("aria-pressed", String(open));
    this.onToggle(open);
    if (open) this.tabs.current.shown();
  }

  /** Open the drawer with the entries of one thread. */
  inspectThread(channel, ts) {
    this.threads.choose(`${channel}/${ts}`);
    this.tabs.choose("record");
    this.toggle(true);
  }

  /** Read what was missed. */
  async catchUp() {
    const { entries } = await this.api.inspector(this.#last);
    for (const entry of entries) this.add(entry);
    await this.faults.changed();
  }

  /** Start over, for a sandbox that was started anew. */
  reset() {
    this.#last = 0;
    this.#findings = 0;
    this.threads.reset();
    this.record.reset();
    this.timeline.reset();
    this.#count();
    this.runs.changed();
  }

  /** @param {Object} entry One entry; those already here are left alone. */
  add(entry) {
    if (entry.n <= this.#last) return;
    this.#last = entry.n;
    this.threads.meet(entry);
    this.record.add(entry);
    this.timeline.changed(entry);
    if (entry.kind === "control") this.runs.changed();
    if (entry.finding) this.#findings += 1;
    this.#count();
  }

  /** Faults or conditions changed. */
  async faultsChanged() {
    await this.faults.changed();
  }

  #build() {
    this.badge = h("span", { class: "findings", hidden: true, "data-test": "findings" });
    const toggle = {
      type: "button",
      class: "tool",
      "aria-pressed": "false",
      title: "Inspector",
      "data-test": "inspector-toggle",
    };
    this.button = h(
      "button",
      { ...toggle, on: { click: () => this.toggle() } },
      icon("inspector"),
      h("span", { class: "tool-word" }, "Inspector"),
      this.badge,
      this.faults.badge,
    );
    const close = {
      type: "button",
      class: "icon-button",
      "aria-label": "Close inspector",
      on: { click: () => this.toggle(false) },
    };
    this.tabs = new Tabs([
      { name: "record", words: "Record", tab: this.record, more: this.record.total },
      { name: "timeline", words: "Timeline", tab: this.timeline },
      { name: "faults", words: "Faults", tab: this.faults, more: this.faults.count },
      { name: "runs", words: "Runs", tab: this.runs },
    ]);
    this.element = h(
      "section",
      { class: "inspector", hidden: true, "aria-label": "Inspector", "data-test": "inspector" },
      drawGrip(HEIGHT_PERCENT),
      h("header", { class: "inspector-head" }, this.tabs.element, h("button", close, icon("close"))),
      this.tabs.panels,
    );
  }

  #showEntry(n) {
    this.tabs.choose("record");
    this.record.open(n);
  }

  #count() {
    this.badge.hidden = this.#findings === 0;
    this.badge.textContent = String(this.#findings);
    const words = this.#findings === 1 ? "1 finding" : `${this.#findings} findings`;
    this.button.setAttribute("aria-label", this.#findings ? `Inspector, ${words}` : "Inspector");
  }
}
