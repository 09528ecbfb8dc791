/** The inspector: everything that passed between the bot, the local Slack and the local Masko. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { drawGrip } from "./grip.js";
import { drawJson } from "./json-view.js";

const KINDS = {
  envelope: "event",
  ack: "ack",
  web_api: "Web API",
  file: "file",
  masko: "Masko",
  control: "page",
  finding: "finding",
};
const KEPT = 2000;
const HEIGHT_PERCENT = 38;
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** A drawer with one row an entry, newest at the bottom; a row opens to its request and response. */
export class Inspector {
  #last = 0;
  #rows = [];
  #findings = 0;

  /** @param {{api: import("../api.js").ControlApi, onToggle: (open: boolean) => void}} options */
  constructor({ api, onToggle }) {
    this.api = api;
    this.onToggle = onToggle;
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
    );
    this.#build();
  }

  /** Open or close the drawer. */
  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.button.setAttribute("aria-pressed", String(open));
    this.onToggle(open);
    if (open) this.#toEnd();
  }

  /** Read what was missed. */
  async catchUp() {
    const { entries } = await this.api.inspector(this.#last);
    for (const entry of entries) this.add(entry);
  }

  /** Start over, for a sandbox that was started anew. */
  reset() {
    this.#last = 0;
    this.#rows = [];
    this.#findings = 0;
    this.rows.replaceChildren();
    this.#count();
  }

  /** @param {Object} entry One entry; those already here are left alone. */
  add(entry) {
    if (entry.n <= this.#last) return;
    this.#last = entry.n;
    const atEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < 40;
    const row = { entry, element: drawRow(entry), words: null };
    row.element.hidden = !this.#matches(row);
    this.#rows.push(row);
    this.rows.append(row.element);
    if (this.#rows.length > KEPT) this.#rows.shift().element.remove();
    if (entry.finding) this.#findings += 1;
    this.#count();
    if (atEnd) this.#toEnd();
  }

  #build() {
    this.filter = h("input", {
      type: "search",
      class: "field",
      placeholder: "Filter: chat.update, upload, U…",
      "aria-label": "Filter entries",
      "data-test": "inspector-filter",
    });
    this.only = h("input", { type: "checkbox", "data-test": "only-findings" });
    this.total = h("span", { class: "inspector-total" });
    this.rows = h("div", {
      class: "inspector-rows",
      tabindex: "0",
      role: "log",
      "aria-label": "Entries",
      "aria-live": "off",
    });
    const close = {
      type: "button",
      class: "icon-button",
      "aria-label": "Close inspector",
      on: { click: () => this.toggle(false) },
    };
    const head = h(
      "header",
      { class: "inspector-head" },
      h("h2", {}, "Inspector"),
      this.total,
      this.filter,
      h("label", { class: "inspector-only" }, this.only, "Findings only"),
      h("button", close, icon("close")),
    );
    this.element = h(
      "section",
      { class: "inspector", hidden: true, "aria-label": "Inspector", "data-test": "inspector" },
      drawGrip(HEIGHT_PERCENT),
      head,
      this.rows,
    );
    this.filter.addEventListener("input", () => this.#refilter());
    this.only.addEventListener("change", () => this.#refilter());
    this.rows.addEventListener("toggle", (event) => this.#fill(event.target), true);
  }

  #fill(details) {
    const row = this.#rows.find(({ element }) => element === details);
    if (!row || !details.open) return;
    if (details.childElementCount === 1) details.append(drawDetail(row.entry));
    details.scrollIntoView({ block: "nearest" });
  }

  #refilter() {
    for (const row of this.#rows) row.element.hidden = !this.#matches(row);
    this.#toEnd();
  }

  #matches(row) {
    if (this.only.checked && !row.entry.finding) return false;
    const wanted = this.filter.value.trim().toLowerCase();
    if (!wanted) return true;
    row.words ??= JSON.stringify(row.entry).toLowerCase();
    return row.words.includes(wanted);
  }

  #count() {
    const { length } = this.#rows;
    this.total.textContent = `${length} ${length === 1 ? "entry" : "entries"}`;
    this.badge.hidden = this.#findings === 0;
    this.badge.textContent = String(this.#findings);
    const words = this.#findings === 1 ? "1 finding" : `${this.#findings} findings`;
    this.button.setAttribute("aria-label", this.#findings ? `Inspector, ${words}` : "Inspector");
  }

  #toEnd() {
    this.rows.scrollTop = this.rows.scrollHeight;
  }
}

function drawRow(entry) {
  const state = entry.finding ? "finding" : entry.ok ? "ok" : "failed";
  const summary = h(
    "summary",
    {},
    h("time", { class: "entry-time" }, clockWithMs(entry.at)),
    h("span", { class: `entry-kind kind-${entry.kind}` }, KINDS[entry.kind] ?? entry.kind),
    h("span", { class: "entry-title" }, entry.title, drawErrorCode(entry)),
    h(
      "span",
      { class: "entry-ms" },
      entry.ms === null ? "" : `${entry.ms < 10 ? entry.ms.toFixed(1) : Math.round(entry.ms)} ms`,
    ),
    h("span", { class: "entry-state" }, { ok: "ok", failed: "failed", finding: "finding" }[state]),
    entry.finding && h("span", { class: "entry-finding" }, entry.finding),
  );
  return h(
    "details",
    { class: "entry", "data-n": entry.n, "data-kind": entry.kind, "data-state": state },
    summary,
  );
}

/** Slack names an error in a string, Masko in an object. */
function drawErrorCode({ ok, response }) {
  const error = response?.error;
  const code = typeof error === "object" ? error?.code : error;
  return !ok && code && h("span", { class: "entry-error" }, code);
}

function drawDetail({ request, response }) {
  const side = (title, value) =>
    h(
      "section",
      {},
      h("h3", {}, title, copyButton(value)),
      value === null ? h("p", { class: "json-null" }, "nothing") : drawJson(value),
    );
  return h("div", { class: "entry-detail" }, side("Request", request), side("Response", response));
}

function copyButton(value) {
  const copy = () => navigator.clipboard.writeText(JSON.stringify(value, null, 2));
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Copy JSON",
      title: "Copy JSON",
      on: { click: copy },
    },
    icon("copy"),
  );
}

function clockWithMs(at) {
  const date = new Date(at);
  return `${TIME.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
