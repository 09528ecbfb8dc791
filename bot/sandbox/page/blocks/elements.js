/**
 * Drawing the interactive elements of Block Kit.
 *
 * What is drawn carries its type and ids in data attributes and no listener: whoever owns the surface listens
 * once (actions.js), so a message can be redrawn in place at any time.
 * Source: docs.slack.dev, "Block Kit: block elements".
 */

import { h, safeLink } from "../dom.js";
import { icon } from "../icons.js";
import { imageSource, zoomable } from "./images.js";
import { drawTextObject, plainText } from "../text/richtext.js";

/**
 * @typedef {Object} Surface Where blocks are drawn.
 * @property {import("../state.js").Workspace} workspace
 * @property {string} id Unique on the page, such as a message's ts or a view's id.
 */

const DRAW = {
  button: drawButton,
  workflow_button: drawButton,
  overflow: drawOverflow,
  static_select: drawStaticSelect,
  multi_static_select: drawChoices,
  checkboxes: drawChoices,
  radio_buttons: drawChoices,
  plain_text_input: drawTextInput,
  number_input: (element, place) => drawLine(element, place, "number", element.initial_value),
  email_text_input: (element, place) => drawLine(element, place, "email", element.initial_value),
  url_text_input: (element, place) => drawLine(element, place, "url", element.initial_value),
  datepicker: (element, place) => drawLine(element, place, "date", element.initial_date),
  timepicker: (element, place) => drawLine(element, place, "time", element.initial_time),
  users_select: (element, place) => drawNamesSelect(element, place, people(place), element.initial_user),
  channels_select: (element, place) =>
    drawNamesSelect(element, place, channels(place), element.initial_channel),
  conversations_select: (element, place) =>
    drawNamesSelect(element, place, channels(place), element.initial_conversation),
  image: (element) => drawImage(element),
};

/**
 * @param {Object} element A Block Kit element.
 * @param {string} blockId The block it stands in.
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawElement(element, blockId, surface) {
  const draw = DRAW[element.type];
  if (!draw) return h("span", { class: "unknown-element" }, `Element “${element.type}” is not shown here.`);
  return draw(element, { ...surface, blockId, fieldId: fieldId(surface, blockId, element) });
}

/** The DOM id of an element's control, for its label. */
export function fieldId(surface, blockId, element) {
  return `${surface.id}:${blockId}:${element.action_id}`;
}

/**
 * All options of a select, groups flattened.
 * @param {Object} element
 * @returns {Object[]}
 */
export function optionsOf(element) {
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function handle(element, extra = {}) {
  return { "data-action-id": element.action_id, "data-element": element.type, ...extra };
}

function drawButton(element) {
  const style = element.style ? ` button-${element.style}` : "";
  const shared = handle(element, { class: `button${style}`, "aria-label": element.accessibility_label });
  const label = h("span", { class: "button-label" }, plainText(element.text));
  const href = element.url && safeLink(element.url);
  if (!href) return h("button", { type: "button", ...shared }, label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", ...shared }, label, icon("external"));
}

function drawOverflow(element) {
  const shared = handle(element, {
    class: "button button-icon",
    "aria-haspopup": "menu",
    "aria-label": "More actions",
  });
  return h("button", { type: "button", ...shared }, icon("dots"));
}

function drawStaticSelect(element, place) {
  const initial = element.initial_option?.value;
  const draw = (option) =>
    h("option", { value: option.value, selected: option.value === initial }, plainText(option.text));
  const groups = element.option_groups?.map((group) =>
    h("optgroup", { label: plainText(group.label) }, ...group.options.map(draw)),
  );
  return drawSelect(element, place, groups ?? element.options.map(draw), initial);
}

function drawNamesSelect(element, place, names, initial) {
  const options = names.map(([id, name]) => h("option", { value: id, selected: id === initial }, name));
  return drawSelect(element, place, options, initial);
}

function drawSelect(element, place, options, initial) {
  const label = plainText(element.placeholder) || "Select an option";
  const prompt = h("option", { value: "", selected: !initial, disabled: true, hidden: true }, label);
  const select = h("select", handle(element, { id: place.fieldId, "aria-label": label }), prompt, ...options);
  return h("span", { class: "select" }, select, icon("down"));
}

function people({ workspace }) {
  return workspace.humans.map((person) => [person.id, workspace.person(person.id).name]);
}

function channels({ workspace }) {
  return workspace.visibleChannels.map((channel) => [channel.id, workspace.channelLabel(channel.id)]);
}

function drawChoices(element, place) {
  const single = element.type === "radio_buttons";
  const initial = new Set(
    [element.initial_option ?? [], element.initial_options ?? []].flat().map((option) => option.value),
  );
  const choices = optionsOf(element).map((option) =>
    h(
      "label",
      { class: "choice" },
      h("input", {
        type: single ? "radio" : "checkbox",
        name: place.fieldId,
        value: option.value,
        checked: initial.has(option.value),
      }),
      h(
        "span",
        { class: "choice-text" },
        ...drawTextObject(option.text, place.workspace),
        option.description && h("small", {}, ...drawTextObject(option.description, place.workspace)),
      ),
    ),
  );
  const role = single ? "radiogroup" : "group";
  return h("div", handle(element, { class: "choices", id: place.fieldId, role }), ...choices);
}

function drawTextInput(element, place) {
  if (!element.multiline) return drawLine(element, place, "text", element.initial_value);
  const props = textProps(element, place);
  return h("textarea", { ...props, rows: 4 }, element.initial_value ?? "");
}

function drawLine(element, place, type, initial) {
  const numeric = type === "number";
  const step = numeric && (element.is_decimal_allowed ? "any" : "1");
  const range = numeric && { min: element.min_value, max: element.max_value, step };
  return h("input", { ...textProps(element, place), type, value: initial, ...range });
}

function textProps(element, place) {
  return handle(element, {
    id: place.fieldId,
    class: "field",
    maxlength: element.max_length,
    "data-min-length": element.min_length,
    placeholder: plainText(element.placeholder),
    "data-autofocus": element.focus_on_load ?? false,
    autocomplete: "off",
  });
}

function drawImage(element) {
  return zoomable({ src: imageSource(element), alt: element.alt_text, className: "picture-accessory" });
}
