/** The question an element may ask before it acts. Source: docs.slack.dev, "confirmation dialog object". */

import { h } from "../dom.js";
import { drawTextObject, plainText } from "../text/richtext.js";

/**
 * @param {{title: Object, text: Object, confirm: Object, deny: Object, style?: string}} question
 * @param {import("../state.js").Workspace} workspace
 * @returns {Promise<boolean>} Whether the person agreed.
 */
export function confirmAction(question, workspace) {
  const deny = h(
    "button",
    { class: "button", value: "", "data-test": "confirm-deny" },
    plainText(question.deny) || "Cancel",
  );
  const className = `button button-${question.style ?? "primary"}`;
  const agree = h(
    "button",
    { class: className, value: "yes", "data-test": "confirm-agree" },
    plainText(question.confirm) || "OK",
  );
  const dialog = h(
    "dialog",
    { class: "dialog dialog-small", "aria-label": plainText(question.title), "data-test": "confirm" },
    h(
      "form",
      { method: "dialog" },
      h("header", { class: "dialog-head" }, h("h2", {}, plainText(question.title))),
      h("div", { class: "dialog-body text" }, ...drawTextObject(question.text, workspace)),
      h("footer", { class: "dialog-foot" }, deny, agree),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
