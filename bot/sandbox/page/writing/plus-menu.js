/** The menu at the composer's plus: files, samples, and what the app offers everywhere. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { shortcutItem } from "../messages/toolbar.js";
import { openMenu } from "../floating/popover.js";

/**
 * @param {HTMLElement} anchor
 * @param {{workspace: import("../state.js").Workspace, onBrowse: () => void, onSamples: () => void,
 *   onShortcut: (callbackId: string) => void}} options
 */
export function openPlusMenu(anchor, { workspace, onBrowse, onSamples, onShortcut }) {
  const words = (text) => h("span", { class: "menu-words" }, text);
  const items = [
    {
      label: [icon("upload"), words("Upload from this computer")],
      value: { act: onBrowse },
      test: "plus-upload",
    },
    { label: [icon("samples"), words("Sample mascots")], value: { act: onSamples }, test: "plus-samples" },
  ];
  const shortcuts = workspace.shortcutsOf("global");
  if (shortcuts.length) items.push({ label: workspace.app.name }, ...shortcuts.map(shortcutItem));
  openMenu(anchor, {
    label: "Add to the message",
    items,
    onChoose: ({ act, callbackId }) => (act ? act() : onShortcut(callbackId)),
  });
}
