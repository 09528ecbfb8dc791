/** The sample mascots: choosing one to post. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { moveFocus, openPopover } from "../floating/popover.js";

/**
 * A grid of samples to add to a post.
 * @param {HTMLElement} anchor The button that opens it.
 * @param {{samples: Object[], isChosen: (name: string) => boolean, onToggle: (sample: Object) => void}} options
 */
export function openSamplePicker(anchor, { samples, isChosen, onToggle }) {
  const tiles = samples.map((sample) => pickerTile(sample, isChosen(sample.name), () => onToggle(sample)));
  const grid = h(
    "div",
    { class: "sample-grid", on: { keydown: (event) => moveFocus(event, tiles) } },
    ...tiles,
  );
  const head = h(
    "p",
    { class: "sample-head" },
    h("strong", {}, "Sample mascots"),
    h("span", {}, "Pick one or several to add to your post"),
  );
  openPopover(anchor, h("div", {}, head, grid), {
    label: "Sample mascots",
    className: "popover-samples",
    test: "sample-picker",
  });
  tiles[0]?.focus();
}

/**
 * What an empty channel says: drop an image, or post a sample with one click.
 * @param {{samples: Object[], appName: string, onPost: (sample: Object) => void, onBrowse: () => void}} options
 * @returns {HTMLElement}
 */
export function drawInvitation({ samples, appName, onPost, onBrowse }) {
  const tiles = samples.map((sample) =>
    h(
      "button",
      {
        type: "button",
        class: "invite-sample",
        "data-test": `post-sample-${sample.name}`,
        title: sample.note,
        on: { click: () => onPost(sample) },
      },
      plate(sample),
      h("span", { class: "sample-title" }, sample.title),
      sample.breaks_best_practice && breakBadge(),
    ),
  );
  const browse = h(
    "button",
    { type: "button", class: "link-button", on: { click: onBrowse } },
    "choose a file",
  );
  return h(
    "section",
    { class: "invitation", "data-test": "invitation" },
    h("span", { class: "invitation-mark" }, icon("drop")),
    h("h2", {}, "Drop a mascot image here"),
    h(
      "p",
      {},
      "or paste one, or ",
      browse,
      `. ${appName} answers in the thread with its name, its prompt and its first reference.`,
    ),
    samples.length > 0 &&
      h("p", { class: "invitation-or" }, h("span", {}, "No image at hand? Post a sample")),
    h("div", { class: "invite-grid" }, ...tiles),
  );
}

function pickerTile(sample, chosen, onToggle) {
  const tile = h(
    "button",
    {
      type: "button",
      class: "sample",
      "aria-pressed": String(chosen),
      "data-test": `sample-${sample.name}`,
      on: {
        click: () => {
          tile.setAttribute("aria-pressed", String(tile.getAttribute("aria-pressed") !== "true"));
          onToggle();
        },
      },
    },
    plate(sample),
    h("span", { class: "sample-check" }, icon("check")),
    h("span", { class: "sample-title" }, sample.title),
    h("span", { class: "sample-note" }, sample.note),
    sample.breaks_best_practice && breakBadge(),
  );
  return tile;
}

function plate(sample) {
  return h("span", { class: "sample-plate" }, h("img", { src: sample.url, alt: "", draggable: "false" }));
}

function breakBadge() {
  return h("span", { class: "break-badge" }, icon("warning"), "Breaks best practice");
}
