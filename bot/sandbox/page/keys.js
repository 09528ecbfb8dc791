/** The keys of the page: what they do, and the list of them that `?` opens. */

import { h } from "./dom.js";
import { openDialog } from "./floating/dialog.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = MAC ? "⌘" : "Ctrl";
const ALT = MAC ? "⌥" : "Alt";

const LIST = [
  [
    "Everywhere",
    [
      [[MOD, "K"], "Go to a channel or person"],
      [[ALT, "↑"], "Previous channel", [ALT, "↓"], "next channel"],
      [[ALT, "1"], "Act as the first person", [ALT, "5"], "the fifth"],
      [["F6"], "Next part of the page"],
      [["Esc"], "Close what is open"],
      [["?"], "This list"],
    ],
  ],
  [
    "On a message",
    [
      [["↑"], "Previous message", ["↓"], "next message"],
      [["T"], "Open its thread", ["Enter"], "the same"],
      [["R"], "Add a reaction"],
      [["E"], "Edit your message", ["Del"], "delete it"],
      [["F"], "Forward it", ["L"], "copy its link"],
      [["M"], "Everything else, shortcuts too"],
      [["Esc"], "Back to writing"],
    ],
  ],
  [
    "While writing",
    [
      [["Enter"], "Send", ["Shift", "Enter"], "new line"],
      [["/"], "Commands of the app", ["@"], "people"],
      [["Tab"], "Take over what is suggested"],
      [["↑"], "Edit your last message, in an empty field"],
    ],
  ],
  [
    "In a form",
    [
      [[MOD, "Enter"], "Submit"],
      [["Esc"], "Close, or go back"],
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

function drawLine([keys, words, otherKeys, otherWords]) {
  return h(
    "div",
    { class: "keys-line" },
    h("dt", {}, ...drawKeys(keys), ...(otherKeys ? [" ", ...drawKeys(otherKeys)] : [])),
    h("dd", {}, otherWords ? `${words}, ${otherWords}` : words),
  );
}

function drawKeys(keys) {
  return keys.flatMap((key, index) => [index ? "+" : "", h("kbd", {}, key)]);
}
