/** The keys of the page: what they do, and the list of them that `?` opens. */

import { h } from "./dom.js";
import { openDialog } from "./floating/dialog.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
/** The key that goes with others, as it is called here. */
export const MOD = MAC ? "⌘" : "Ctrl";
const ALT = MAC ? "⌥" : "Alt";

/** By where they work: alternatives, each of keys pressed together, and what they do. */
const LIST = [
  [
    "Everywhere",
    [
      [[[MOD, "K"]], "Go to a channel, person or app"],
      [
        [
          [ALT, "↑"],
          [ALT, "↓"],
        ],
        "Previous and next channel",
      ],
      [
        [
          [ALT, "1"],
          [ALT, "5"],
        ],
        "Act as the first to the fifth person",
      ],
      [[["F6"]], "Next part of the page"],
      [[["Esc"]], "Close what is open"],
      [[["?"]], "This list"],
    ],
  ],
  [
    "On a message",
    [
      [[["↑"], ["↓"]], "Previous and next message"],
      [[["T"], ["Enter"]], "Open its thread"],
      [[["R"]], "Add a reaction"],
      [[["E"]], "Edit it, if it is yours"],
      [[["Del"]], "Delete it, if it is yours"],
      [[["F"]], "Forward it"],
      [[["L"]], "Copy its link"],
      [[["M"]], "All of these, and shortcuts of the app"],
      [[["Esc"]], "Back to writing"],
    ],
  ],
  [
    "While writing",
    [
      [[["Enter"]], "Send"],
      [[["Shift", "Enter"]], "New line"],
      [[["/"]], "Commands of the app"],
      [[["@"]], "People"],
      [[["Tab"]], "Take over what is suggested"],
      [[["↑"]], "In an empty field: edit your last message"],
    ],
  ],
  [
    "In a form",
    [
      [[[MOD, "Enter"]], "Submit"],
      [[["Esc"]], "Close, or go back"],
    ],
  ],
];

/** Show the list of keys. */
export function openKeys() {
  const groups = LIST.map(([title, lines]) =>
    h("section", {}, h("h3", {}, title), h("dl", {}, ...lines.map(drawLine))),
  );
  openDialog({
    title: "Keys",
    test: "keys",
    className: "dialog-wide",
    body: [h("div", { class: "keys" }, ...groups)],
  });
}

/**
 * Listen to the keys that work everywhere.
 * @param {{switchChannel: () => void, step: (by: 1|-1) => void, actAs: (index: number) => void,
 *   nextPart: (by: 1|-1) => void, escape: () => void}} deeds
 */
export function listenToKeys(deeds) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const act = deedOf(event, deeds);
    if (!act || (isBlocked() && event.key !== "F6")) return;
    if (event.key !== "Escape") event.preventDefault();
    act();
  });
}

function deedOf(event, deeds) {
  const mod = event.metaKey || event.ctrlKey;
  if (mod && event.key.toLowerCase() === "k") return deeds.switchChannel;
  if (event.key === "F6") return () => deeds.nextPart(event.shiftKey ? -1 : 1);
  if (event.altKey && !mod) return altDeed(event, deeds);
  if (event.key === "Escape") return deeds.escape;
  if (event.key === "?" && !isTyping(event.target)) return openKeys;
  return null;
}

function altDeed(event, deeds) {
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (digit) return () => deeds.actAs(Number(digit) - 1);
  if (event.key === "ArrowUp") return () => deeds.step(-1);
  return event.key === "ArrowDown" ? () => deeds.step(1) : null;
}

/** A dialog or menu that is open has the keys for itself. */
function isBlocked() {
  return document.querySelector("dialog[open], [popover]:popover-open:not(.toasts)") !== null;
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function drawLine([alternatives, words]) {
  const keys = alternatives.flatMap((keys, index) => [
    index ? h("span", { class: "keys-or" }, " ") : "",
    ...keys.flatMap((key, at) => [at ? "+" : "", h("kbd", {}, key)]),
  ]);
  return h("div", { class: "keys-line" }, h("dt", {}, ...keys), h("dd", {}, words));
}
