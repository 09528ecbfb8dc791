/** One entry of the record: its row, and what it opens to. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { drawJson } from "./json-view.js";

export const KINDS = {
  control: "person",
  envelope: "event",
  ack: "ack",
  web_api: "Web API",
  file: "file",
  masko: "Masko",
  finding: "finding",
};

const WITH_CURL = new Set(["web_api", "file", "masko"]);
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** @returns {HTMLDetailsElement} A row; what it opens to is added when it is opened. */
export function drawRow(entry) {
  const state = entry.finding ? "finding" : entry.ok ? "ok" : "failed";
  const summary = h(
    "summary",
    {},
    h("time", { class: "entry-time" }, clockWithMs(entry.at)),
    h("span", { class: `entry-kind kind-${entry.kind}` }, KINDS[entry.kind] ?? entry.kind),
    h("span", { class: "entry-title" }, entry.title, drawErrorCode(entry)),
    h("span", { class: "entry-ms" }, entry.ms === null ? "" : milliseconds(entry.ms)),
    h("span", { class: "entry-state" }, state),
    entry.finding && h("span", { class: "entry-finding" }, entry.finding),
  );
  return h(
    "details",
    { class: "entry", "data-n": entry.n, "data-kind": entry.kind, "data-state": state },
    summary,
  );
}

/** What was asked and answered, and buttons that take it away. */
export function drawDetail(entry, context) {
  const { request, response } = entry;
  return h(
    "div",
    { class: "entry-detail" },
    h("div", { class: "entry-copies" }, ...drawCopies(entry, context)),
    drawSide("Request", request),
    drawSide("Response", response),
  );
}

/** Such as `3.1 ms`, `412 ms`, `2.40 s`. */
export function milliseconds(ms) {
  if (ms === 0) return "0 ms";
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Slack names an error in a string, Masko in an object, a fault in words. */
function drawErrorCode({ ok, response }) {
  const error = response?.error ?? response?.body?.error;
  const code = typeof error === "object" ? error?.code : error;
  const words = [code, response?.fault && `fault: ${response.fault}`].filter(Boolean).join(" · ");
  return !ok && words && h("span", { class: "entry-error" }, words);
}

function drawSide(title, value) {
  return h(
    "section",
    {},
    h("h3", {}, title, drawCopyJson(value)),
    value === null ? h("p", { class: "json-null" }, "nothing") : drawJson(value),
  );
}

function drawCopies(entry, context) {
  const kinds = [...(WITH_CURL.has(entry.kind) ? [["curl", "Copy as curl"]] : []), ["fixture", "Copy as fixture"]];
  return kinds.map(([as, words]) => {
    const props = { type: "button", class: "button button-mini", "data-test": `copy-${as}` };
    return h("button", { ...props, on: { click: () => copy(entry, as, context) } }, icon("copy"), words);
  });
}

async function copy(entry, as, { api, toasts }) {
  try {
    const { text } = await api.copyOf(entry.n, as);
    if (text === null) {
      toasts.show("This is no call that curl could make.", "note");
      return;
    }
    await navigator.clipboard.writeText(text);
    toasts.show(as === "curl" ? "Copied as curl, without secrets" : "Copied as a fixture", "note");
  } catch (error) {
    toasts.show(error.message);
  }
}

function drawCopyJson(value) {
  const write = () => navigator.clipboard.writeText(JSON.stringify(value, null, 2));
  const props = { type: "button", class: "icon-button", "aria-label": "Copy JSON", title: "Copy JSON" };
  return h("button", { ...props, on: { click: write } }, icon("copy"));
}

function clockWithMs(at) {
  const date = new Date(at);
  return `${TIME.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
