/** A JSON value as a tree that opens and closes. */

import { h } from "../dom.js";

const OPEN_DEPTH = 2;
const FEW = 8;

/**
 * @param {*} value
 * @returns {HTMLElement}
 */
export function drawJson(value) {
  return h("div", { class: "json" }, drawEntry(null, value, 0));
}

function drawEntry(name, value, depth) {
  const label = name === null ? null : [h("span", { class: "json-key" }, name), ": "];
  if (value === null || typeof value !== "object") {
    return h("div", { class: "json-row" }, label, drawLeaf(value));
  }
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  if (!entries.length) return h("div", { class: "json-row" }, label, list ? "[]" : "{}");
  const open = depth < OPEN_DEPTH || (depth < OPEN_DEPTH + 2 && entries.length <= FEW);
  const size = list ? `[${entries.length}]` : `{${entries.length}}`;
  const children = entries.map(([key, child]) => drawEntry(key, child, depth + 1));
  const summary = h("summary", {}, label, h("span", { class: "json-size" }, size));
  return h("details", { open }, summary, h("div", { class: "json-children" }, ...children));
}

function drawLeaf(value) {
  const kind = value === null ? "null" : typeof value;
  return h("span", { class: `json-${kind}` }, kind === "string" ? JSON.stringify(value) : String(value));
}
