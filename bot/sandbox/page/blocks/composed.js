/**
 * Blocks made of parts: card, carousel, table, alert, markdown.
 * Source: docs.slack.dev, "Block Kit: blocks", the page of each.
 */

import { h, present } from "../dom.js";
import { drawElement } from "./elements.js";
import { icon } from "../icons.js";
import { imageSource, pictureOrAddress, thumbnail } from "./images.js";
import { drawMarkdown } from "../text/markdown.js";
import { drawRichText, drawTextObject } from "../text/richtext.js";

const ALERT_ICONS = { error: "warning", warning: "warning", success: "check" };

/** @typedef {import("./elements.js").Surface} Surface */

/** @param {Object} block @param {Surface} surface @returns {Node[]} */
export function drawCard(block, surface) {
  const words = (name, tag) =>
    block[name] && h(tag, { class: `card-${name} text` }, ...drawTextObject(block[name], surface.workspace));
  const mark = block.icon?.type === "image" && {
    src: imageSource(block.icon),
    alt: block.icon.alt_text,
    className: "picture-context",
  };
  const hero = block.hero_image && {
    src: imageSource(block.hero_image),
    alt: block.hero_image.alt_text,
    className: "picture-hero",
    address: block.hero_image.image_url,
  };
  const actions = block.actions?.map((element) => drawElement(element, block.block_id ?? "", surface));
  return present([
    hero && pictureOrAddress(hero),
    h(
      "div",
      { class: "card-head" },
      mark && thumbnail(mark),
      h("div", {}, words("title", "strong"), words("subtitle", "small")),
    ),
    words("body", "div"),
    words("subtext", "small"),
    actions?.length > 0 && h("div", { class: "block-actions" }, ...actions),
  ]);
}

/** Cards side by side, to scroll through. */
export function drawCarousel(block, surface) {
  return block.elements.map((card) =>
    h(
      "div",
      { class: "block block-card", "data-block-id": card.block_id ?? block.block_id },
      ...drawCard({ ...card, block_id: card.block_id ?? block.block_id }, surface),
    ),
  );
}

/** Rows of cells; the first row is the head. */
export function drawTable(block, surface) {
  const align = (column) => block.column_settings?.[column]?.align ?? "left";
  const cell = (given, column, tag) =>
    h(tag, { class: `cell-${align(column)}` }, ...drawCell(given, surface));
  const row = (cells, tag) => h("tr", {}, ...cells.map((given, column) => cell(given, column, tag)));
  const [head, ...rest] = block.rows ?? [];
  return [
    h(
      "table",
      {},
      head && h("thead", {}, row(head, "th")),
      h("tbody", {}, ...rest.map((cells) => row(cells, "td"))),
    ),
  ];
}

/** A remark that stands out. */
export function drawAlert(block, surface) {
  const level = block.level in ALERT_ICONS ? block.level : "info";
  return [
    h(
      "div",
      { class: `alert alert-${level}`, role: "note" },
      icon(ALERT_ICONS[level] ?? "eye"),
      h("div", { class: "text" }, ...drawTextObject(block.text, surface.workspace)),
    ),
  ];
}

/** @param {Object} block @param {Surface} surface */
export function drawMarkdownBlock(block, surface) {
  return [h("div", { class: "text" }, ...drawMarkdown(block.text, surface.workspace))];
}

function drawCell(given, { workspace }) {
  if (given.type === "rich_text") return drawRichText(given, workspace);
  return [document.createTextNode(given.text ?? "")];
}
