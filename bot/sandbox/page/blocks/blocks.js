/**
 * Drawing Block Kit's blocks. Source: docs.slack.dev, "Block Kit: blocks".
 *
 * @typedef {import("./elements.js").Surface} Surface
 */

import { h, present, safeLink } from "../dom.js";
import { drawAlert, drawCard, drawCarousel, drawMarkdownBlock, drawTable } from "./composed.js";
import { drawElement, fieldId } from "./elements.js";
import { imageSource, pictureOrAddress, thumbnail } from "./images.js";
import { drawRichText, drawTextObject, plainText } from "../text/richtext.js";

const ONE_FIELD = new Set([
  "plain_text_input",
  "number_input",
  "email_text_input",
  "url_text_input",
  "datepicker",
  "timepicker",
  "static_select",
  "users_select",
  "channels_select",
  "conversations_select",
  "datetimepicker",
  "external_select",
  "multi_static_select",
  "multi_external_select",
  "multi_users_select",
  "multi_channels_select",
  "multi_conversations_select",
]);

const DRAW = {
  header: (block) => [h("h3", {}, plainText(block.text))],
  section: drawSection,
  context: drawContext,
  actions: (block, surface) => block.elements.map((element) => drawElement(element, block.block_id, surface)),
  divider: () => [h("hr")],
  image: drawImage,
  rich_text: (block, surface) => drawRichText(block, surface.workspace),
  input: drawInput,
  video: drawVideo,
  card: drawCard,
  carousel: drawCarousel,
  table: drawTable,
  alert: drawAlert,
  markdown: drawMarkdownBlock,
};

/**
 * @param {Object[]} blocks
 * @param {Surface} surface
 * @returns {HTMLElement[]} One element for each block, keyed so that a redraw finds it again.
 */
export function drawBlocks(blocks, surface) {
  return blocks.map((block, index) => drawBlock(block, index, surface));
}

function drawBlock(block, index, surface) {
  const draw = DRAW[block.type];
  const blockId = block.block_id ?? "";
  const inner = draw
    ? draw({ ...block, block_id: blockId }, surface)
    : [
        h(
          "p",
          { class: "unknown-element" },
          `A “${block.type}” block stands here, which this page cannot draw.`,
        ),
      ];
  const key = `${block.type}:${blockId || index}`;
  return h(
    "div",
    { class: `block block-${block.type}`, "data-block-id": blockId, "data-key": key },
    ...inner,
  );
}

function drawSection(block, surface) {
  const text = block.text && h("div", { class: "text" }, ...drawTextObject(block.text, surface.workspace));
  const fields = block.fields?.map((field) =>
    h("div", { class: "text" }, ...drawTextObject(field, surface.workspace)),
  );
  const words = h(
    "div",
    { class: "section-text" },
    ...present([text, fields && h("div", { class: "fields" }, ...fields)]),
  );
  const accessory = block.accessory && drawElement(block.accessory, block.block_id, surface);
  return present([words, accessory && h("div", { class: "accessory" }, accessory)]);
}

function drawContext(block, surface) {
  return block.elements.map((element) => {
    if (element.type !== "image")
      return h("span", { class: "text" }, ...drawTextObject(element, surface.workspace));
    return thumbnail({ src: imageSource(element), alt: element.alt_text, className: "picture-context" });
  });
}

function drawImage(block) {
  const title = block.title && plainText(block.title);
  return present([
    title && h("p", { class: "image-title" }, title),
    pictureOrAddress({
      src: imageSource(block),
      alt: block.alt_text,
      title,
      className: "picture-block",
      address: block.image_url,
    }),
  ]);
}

function drawVideo(block) {
  const href = safeLink(block.title_url ?? block.video_url);
  const title = plainText(block.title);
  return [
    href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, title) : h("span", {}, title),
  ];
}

function drawInput(block, surface) {
  const id = fieldId(surface, block.block_id, block.element);
  const optional = block.optional && h("span", { class: "optional" }, " (optional)");
  const single = ONE_FIELD.has(block.element.type);
  const label = h(
    single ? "label" : "div",
    { class: "input-label", id: `${id}:label`, for: single ? id : null },
    plainText(block.label),
    optional,
  );
  const control = drawElement(block.element, block.block_id, surface);
  const field = control.matches("[data-element]")
    ? control
    : (control.querySelector("[data-element]") ?? control);
  field.setAttribute("aria-labelledby", `${id}:label`);
  field.setAttribute("aria-describedby", `${id}:hint ${id}:error`);
  return present([
    label,
    control,
    h(
      "div",
      { class: "input-notes" },
      h("p", { class: "hint", id: `${id}:hint` }, block.hint && plainText(block.hint)),
      block.element.max_length && h("span", { class: "counter", "data-counter": "" }),
    ),
    h("p", { class: "field-error", id: `${id}:error`, role: "alert" }),
  ]);
}
