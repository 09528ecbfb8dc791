/** Changing the words of one's own message, in its place. */

import { h } from "../dom.js";
import { asTyped } from "../text/typed.js";

/**
 * @param {Object} message
 * @param {import("../state.js").Workspace} workspace
 * @returns {HTMLElement} A form; its submission and its `data-deed="cancel-edit"` are for the list to hear.
 */
export function drawEditor(message, workspace) {
  const words = h(
    "textarea",
    {
      class: "composer-text",
      rows: "1",
      name: "text",
      "aria-label": "Edit message",
      "data-test": "edit-input",
    },
    asTyped(message.text ?? "", workspace),
  );
  const form = h(
    "form",
    { class: "composer editor", "data-key": "editor", "data-test": "editor", "data-editor": "" },
    words,
    h(
      "div",
      { class: "composer-bar" },
      h("span", { class: "editor-hint" }, h("kbd", {}, "Esc"), " cancel"),
      h("button", { type: "button", class: "button", "data-deed": "cancel-edit" }, "Cancel"),
      h("button", { type: "submit", class: "button button-primary" }, "Save"),
    ),
  );
  // What was typed survives a change of the message from elsewhere.
  form.keep = message.ts;
  return form;
}
