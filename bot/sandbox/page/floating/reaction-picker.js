/** Choosing a reaction. */

import { h } from "../dom.js";
import { emoji, emojiNames } from "../text/emoji.js";
import { emojiFace, hasEmojiFont } from "../text/emoji-face.js";
import { moveFocus, openPopover } from "./popover.js";

const USUAL = [
  "+1",
  "heart",
  "tada",
  "eyes",
  "white_check_mark",
  "joy",
  "fire",
  "raised_hands",
  "fox_face",
  "star",
];
const COLUMNS = 8;
const NAMED_COLUMNS = 2;
const MOST_SHOWN = 5 * COLUMNS;

/**
 * @param {HTMLElement} anchor
 * @param {(name: string) => void} onChoose Given the name without colons.
 */
export function openReactionPicker(anchor, onChoose) {
  const search = h("input", {
    type: "search",
    class: "field",
    placeholder: "Find a reaction: heart, fox, check…",
    "aria-label": "Find a reaction",
    autocomplete: "off",
    "data-test": "reaction-search",
  });
  // Without a font for them, reactions are found by their names, which need room.
  const columns = hasEmojiFont() ? COLUMNS : NAMED_COLUMNS;
  const grid = h("div", {
    class: `emoji-grid emoji-grid-${columns}`,
    role: "group",
    "aria-label": "Reactions",
  });
  const choose = (name) => (close(), onChoose(name));
  const draw = () => {
    const found = matching(search.value).map((name) => tile(name, choose));
    const nothing = h("p", { class: "emoji-none" }, "No reaction of that name.");
    grid.replaceChildren(...(found.length ? found : [nothing]));
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => searchKey(event, grid));
  grid.addEventListener("keydown", (event) =>
    moveFocus(event, [...grid.querySelectorAll("button")], columns),
  );
  draw();
  const close = openPopover(anchor, h("div", {}, search, grid), {
    label: "Add reaction",
    className: "popover-emoji",
    test: "reaction-picker",
  });
  search.focus();
}

function matching(words) {
  const wanted = words
    .trim()
    .toLowerCase()
    .replace(/[\s:]+/g, "_")
    .replace(/^_|_$/g, "");
  const found = [...USUAL, ...emojiNames()].filter((name) => name.includes(wanted));
  // Some have two names; the first is enough.
  const byFace = new Map([...found].reverse().map((name) => [emoji(name), name]));
  return [...new Set(found.map((name) => byFace.get(emoji(name))))].slice(0, MOST_SHOWN);
}

function tile(name, choose) {
  const props = {
    type: "button",
    class: "emoji-tile",
    "aria-label": name.replace(/_/g, " "),
    title: `:${name}:`,
  };
  const named = !hasEmojiFont() && h("span", { class: "emoji-name" }, name.replace(/_/g, " "));
  const face = emojiFace(name);
  const parts = named && face.nodeType === Node.TEXT_NODE ? [named] : [face, named];
  return h("button", { ...props, "data-emoji": name, on: { click: () => choose(name) } }, ...parts);
}

function searchKey(event, grid) {
  const first = grid.querySelector("button");
  if (event.key === "Enter") {
    event.preventDefault();
    first?.click();
  } else if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.focus();
  }
}
