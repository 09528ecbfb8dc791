/** Dialogs of the page itself: forwarding, going to a channel, the list of keys. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * Open a dialog over the page; Escape and its cross close it, and focus returns to where it was.
 * @param {{title: string, body: Node[], foot?: Node[], className?: string, test: string,
 *   onSubmit?: () => void}} options `onSubmit`: Enter, or the button of type `submit`; the caller closes.
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, body, foot = [], className = "", test, onSubmit }) {
  const close = { type: "button", class: "icon-button", "aria-label": "Close", title: "Close (Esc)" };
  const dialog = h(
    "dialog",
    { class: `dialog ${className}`, "aria-label": title, "data-test": test },
    h(
      "form",
      { class: "dialog-form", novalidate: true, on: { submit: (event) => submitted(event, onSubmit) } },
      h(
        "header",
        { class: "dialog-head" },
        h("h2", {}, title),
        h("button", { ...close, on: { click: () => dialog.close() } }, icon("close")),
      ),
      h("div", { class: "dialog-body" }, ...body),
      foot.length > 0 && h("footer", { class: "dialog-foot" }, ...foot),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[autofocus], input, textarea, select")?.focus();
  return dialog;
}

function submitted(event, onSubmit) {
  event.preventDefault();
  onSubmit?.();
}
