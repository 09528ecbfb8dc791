/** Files dropped on a pane or pasted into it. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * Let a pane take dropped files, with a curtain that says where they go.
 * @param {HTMLElement} pane
 * @param {{label: () => string, onFiles: (files: File[]) => void}} options
 */
export function acceptDrops(pane, { label, onFiles }) {
  const words = h("strong");
  const curtain = h(
    "div",
    { class: "curtain", hidden: true },
    h("div", { class: "curtain-card" }, icon("drop"), words),
  );
  pane.append(curtain);
  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    words.textContent = label();
    curtain.hidden = depth === 0;
  };
  pane.addEventListener("dragenter", (event) => carriesFiles(event) && over(+1));
  pane.addEventListener("dragleave", (event) => carriesFiles(event) && over(-1));
  pane.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  pane.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(-depth);
    onFiles([...event.dataTransfer.files]);
  });
}

/**
 * @param {ClipboardEvent} event
 * @returns {File[]} The files on the clipboard.
 */
export function pastedFiles(event) {
  return [...(event.clipboardData?.files ?? [])];
}

/** Keep the browser from leaving the page when a file misses the pane. */
export function guardWindow() {
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => carriesFiles(event) && event.preventDefault());
  }
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
