/** The record: everything that passed between the bot, the local Slack and the local Masko, in order. */

import { h } from "../dom.js";
import { drawDetail, drawRow, KINDS } from "./entry.js";

const KEPT = 2000;
const AT_END_PX = 40;

/** One row an entry, newest at the bottom; a row opens to its request and response. */
export class RecordTab {
  #rows = [];
  #kinds = new Set();

  /** @param {Object} context `api`, `toasts`, `threads`, and `isOpen`: whether the drawer is. */
  constructor(context) {
    this.context = context;
    this.total = h("span", { class: "tab-count" });
    this.#build();
    context.threads.addEventListener("chosen", () => this.#refilter());
    this.#count();
  }

  /** The tab came to be seen. */
  shown() {
    this.#drawMissing();
    this.#toEnd();
  }

  /** Forget every entry. */
  reset() {
    this.#rows = [];
    this.rows.replaceChildren();
    this.#count();
  }

  /** @param {Object} entry The next one. */
  add(entry) {
    const row = { entry, element: null, words: null };
    this.#rows.push(row);
    if (this.#rows.length > KEPT) this.#rows.shift().element?.remove();
    if (this.#isSeen) this.#append(row);
    this.#count();
  }

  /** Show the entry of this number, opened. */
  open(n) {
    const row = this.#rows.find(({ entry }) => entry.n === n);
    if (!row) return;
    this.#clearFilters();
    row.element.hidden = false;
    row.element.open = true;
    this.#fill(row);
    row.element.scrollIntoView({ block: "center" });
    row.element.querySelector("summary").focus();
  }

  get #isSeen() {
    return this.context.isOpen() && !this.element.hidden;
  }

  #build() {
    this.filter = h("input", {
      type: "search",
      class: "mini-field",
      placeholder: "Search: chat.update, upload, U…",
      "aria-label": "Search entries",
      "data-test": "inspector-filter",
    });
    this.only = h("input", { type: "checkbox", "data-test": "only-findings" });
    this.chips = Object.entries(KINDS)
      .filter(([kind]) => kind !== "finding")
      .map(([kind, words]) => this.#drawChip(kind, words));
    this.rows = h("div", {
      class: "inspector-rows",
      tabindex: "0",
      role: "log",
      "aria-label": "Entries",
      "aria-live": "off",
    });
    this.nothing = h("p", { class: "inspector-nothing" }, "Nothing yet. Post an image, and every call shows here.");
    this.element = h(
      "div",
      { class: "tab-panel" },
      h(
        "div",
        { class: "inspector-tools record-tools" },
        this.context.threads.drawField("All threads", "thread-filter"),
        this.filter,
        h("div", { class: "kind-chips", role: "group", "aria-label": "Kinds" }, ...this.chips),
        h("label", { class: "inspector-only" }, this.only, "Findings", h("span", { class: "only-word" }, "only")),
      ),
      this.rows,
      this.nothing,
    );
    this.filter.addEventListener("input", () => this.#refilter());
    this.only.addEventListener("change", () => this.#refilter());
    this.rows.addEventListener("toggle", (event) => this.#toggled(event.target), true);
  }

  #drawChip(kind, words) {
    const props = { type: "button", class: `kind-chip kind-${kind}`, "aria-pressed": "false", "data-test": `kind-${kind}` };
    const chip = h("button", props, words);
    chip.addEventListener("click", () => {
      const chosen = !this.#kinds.delete(kind) && Boolean(this.#kinds.add(kind));
      chip.setAttribute("aria-pressed", String(chosen));
      this.#refilter();
    });
    return chip;
  }

  #append(row) {
    const atEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < AT_END_PX;
    row.element = drawRow(row.entry);
    row.element.hidden = !this.#matches(row);
    this.rows.append(row.element);
    this.nothing.hidden = true;
    if (atEnd) this.#toEnd();
  }

  /** Rows are drawn when they can be seen: a busy channel must not pay for a closed drawer. */
  #drawMissing() {
    const missing = this.#rows.filter(({ element }) => element === null);
    for (const row of missing) row.element = drawRow(row.entry);
    for (const row of missing) row.element.hidden = !this.#matches(row);
    this.rows.append(...missing.map(({ element }) => element));
    this.#sayNothing();
  }

  #toggled(details) {
    const row = this.#rows.find(({ element }) => element === details);
    if (!row || !details.open) return;
    this.#fill(row);
    details.scrollIntoView({ block: "nearest" });
  }

  #fill({ entry, element }) {
    if (element.childElementCount > 1) return;
    element.append(drawDetail(entry, this.context));
  }

  #refilter() {
    for (const row of this.#rows) if (row.element) row.element.hidden = !this.#matches(row);
    this.#count();
    this.#sayNothing();
    this.#toEnd();
  }

  #clearFilters() {
    this.filter.value = "";
    this.only.checked = false;
    this.#kinds.clear();
    for (const chip of this.chips) chip.setAttribute("aria-pressed", "false");
    this.#drawMissing();
    this.#refilter();
  }

  #matches(row) {
    const { entry } = row;
    const { chosen } = this.context.threads;
    if (chosen && entry.thread !== chosen) return false;
    if (this.only.checked && !entry.finding) return false;
    if (this.#kinds.size && !this.#kinds.has(entry.kind)) return false;
    const wanted = this.filter.value.trim().toLowerCase();
    if (!wanted) return true;
    row.words ??= JSON.stringify(entry).toLowerCase();
    return row.words.includes(wanted);
  }

  #count() {
    this.total.textContent = String(this.#rows.length);
  }

  #sayNothing() {
    const seen = this.#rows.some(({ element }) => element && !element.hidden);
    this.nothing.hidden = seen;
    if (this.#rows.length) this.nothing.textContent = "No entry is like this.";
  }

  #toEnd() {
    this.rows.scrollTop = this.rows.scrollHeight;
  }
}
