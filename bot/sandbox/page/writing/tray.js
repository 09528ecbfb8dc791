/** The images about to be posted, with previews. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @typedef {Object} Attachment
 * @property {string} key
 * @property {string} name For people.
 * @property {string} preview Address of a picture.
 * @property {File} [file] An upload…
 * @property {string} [sample] …or the name of a sample.
 */

let count = 0;

/**
 * @param {File} file
 * @returns {Attachment}
 */
export function fromFile(file) {
  count += 1;
  return { key: `file-${count}`, name: file.name, preview: URL.createObjectURL(file), file };
}

/**
 * @param {Object} sample
 * @returns {Attachment}
 */
export function fromSample(sample) {
  return { key: `sample-${sample.name}`, name: sample.title, preview: sample.url, sample: sample.name };
}

/** Give back the memory of previews. */
export function release(attachments) {
  for (const { file, preview } of attachments) if (file) URL.revokeObjectURL(preview);
}

/**
 * @param {Attachment[]} attachments
 * @returns {HTMLElement} Previews with remove buttons; `data-remove` holds the attachment's key.
 */
export function drawTray(attachments) {
  return h(
    "ul",
    { class: "tray", "aria-label": "Images to post", hidden: !attachments.length },
    ...attachments.map(drawPreview),
  );
}

function drawPreview({ key, name, preview }) {
  const remove = { type: "button", class: "tray-remove", "aria-label": `Remove ${name}`, "data-remove": key };
  return h(
    "li",
    { class: "tray-item", "data-key": key, "data-test": "attachment", title: name },
    h("span", { class: "tray-fallback" }, icon("file"), h("span", {}, name)),
    h("img", { src: preview, alt: name }),
    h("button", remove, icon("close")),
  );
}
