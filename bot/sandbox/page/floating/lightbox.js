/** A picture, large. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * If a click was on a zoomable picture, show it over the page until Escape or another click.
 * @param {MouseEvent} event
 */
export function zoomClicked(event) {
  const picture = event.target.closest("[data-zoom]");
  if (!picture) return;
  const { zoom: src, title } = picture.dataset;
  const alt = picture.querySelector("img")?.alt ?? "";
  const dialog = drawDialog(src, alt, title || alt || "Image");
  document.body.append(dialog);
  dialog.showModal();
}

function drawDialog(src, alt, title) {
  const close = () => dialog.close();
  const size = h("span", { class: "lightbox-size" });
  const image = h("img", { src, alt, on: { load: () => (size.textContent = pixels(image)) } });
  const closer = { type: "button", class: "icon-button", "aria-label": "Close", on: { click: close } };
  const bar = [h("span", { class: "lightbox-title" }, title), size, h("button", closer, icon("close"))];
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": title, "data-test": "lightbox", on: { close: () => dialog.remove() } },
    h("header", { class: "lightbox-bar" }, ...bar),
    h("div", { class: "lightbox-plate", on: { click: close } }, image),
  );
  return dialog;
}

function pixels({ naturalWidth, naturalHeight }) {
  return naturalWidth ? `${naturalWidth} × ${naturalHeight}` : "";
}
