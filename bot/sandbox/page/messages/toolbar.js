/** The buttons over a message that one points at, and the menu behind the last of them. */

import { h, present } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {Object} message
 * @param {"channel"|"thread"} view
 * @returns {HTMLElement|null} Buttons that carry what they do in `data-deed`.
 */
export function drawToolbar(message, view) {
  if (message.is_ephemeral || message.subtype === "tombstone") return null;
  return h(
    "div",
    { class: "message-toolbar", role: "toolbar", "aria-label": "Message actions" },
    deedButton("Add reaction (r)", "smile", "react", { "aria-expanded": "false" }),
    view === "channel" && deedButton("Reply in thread (t)", "thread", "reply"),
    deedButton("Forward message (f)", "forward", "forward"),
    deedButton("More actions (m)", "dots", "more", { "aria-haspopup": "menu", "aria-expanded": "false" }),
  );
}

function deedButton(label, iconName, deed, more = {}) {
  const props = {
    type: "button",
    class: "icon-button",
    "aria-label": label.replace(/ \(.\)$/, ""),
    title: label,
  };
  return h("button", { ...props, "data-deed": deed, "data-test": deed, ...more }, icon(iconName));
}

/**
 * What the menu of a message offers.
 * @param {Object} message
 * @param {{view: "channel"|"thread", workspace: import("../state.js").Workspace}} context
 * @returns {import("../floating/popover.js").MenuItem[]} Their values are deeds: `{deed, callbackId?}`.
 */
export function menuItems(message, { view, workspace }) {
  const own = message.user === workspace.acting && !message.bot_id;
  return present([
    entry("smile", "Add reaction", "react", "R"),
    view === "channel" && entry("thread", "Reply in thread", "reply", "T"),
    entry("forward", "Forward message…", "forward", "F"),
    entry("link", "Copy link", "copy-link", "L"),
    ownItems(own),
    shortcutItems(workspace),
  ]);
}

function ownItems(own) {
  if (!own) return [];
  return [
    { label: null },
    entry("edit", "Edit message", "edit", "E"),
    { ...entry("trash", "Delete message…", "delete", "Del"), style: "danger" },
  ];
}

function shortcutItems(workspace) {
  const shortcuts = workspace.shortcutsOf("message");
  if (!shortcuts.length) return [];
  return [{ label: workspace.app.name }, ...shortcuts.map(shortcutItem)];
}

/** A shortcut of the app as an item of a menu. */
export function shortcutItem(shortcut) {
  const words = h(
    "span",
    { class: "menu-words" },
    h("span", {}, shortcut.name),
    shortcut.description && h("small", {}, shortcut.description),
  );
  return {
    label: [icon("bolt"), words],
    value: { deed: "shortcut", callbackId: shortcut.callback_id },
    test: `shortcut-${shortcut.callback_id}`,
  };
}

function entry(iconName, words, deed, hint) {
  return {
    label: [icon(iconName), h("span", { class: "menu-words" }, words)],
    value: { deed },
    hint,
    test: `menu-${deed}`,
  };
}
