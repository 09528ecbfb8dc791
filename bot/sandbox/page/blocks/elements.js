/**
 * Drawing the interactive elements of Block Kit.
 *
 * What is drawn carries its type and ids in data attributes and no listener: whoever owns the surface listens
 * once (actions.js), so a message can be redrawn in place at any time.
 * Source: docs.slack.dev, "Block Kit: block elements".
 */

import { h, safeLink } from "../dom.js";
import { icon } from "../icons.js";
import { drawFileInput } from "./file-input.js";
import { imageSource, zoomable } from "./images.js";
import { channelOptions, conversationOptions, optionsNamed, peopleOptions } from "./names.js";
import { drawPicker, flatOptions } from "./picker.js";
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
  multi_static_select: drawMultiStatic,
  external_select: (element, place) => drawExternal(element, place, false),
  multi_external_select: (element, place) => drawExternal(element, place, true),
  checkboxes: drawChoices,
  radio_buttons: drawChoices,
  plain_text_input: drawTextInput,
  number_input: (element, place) => drawLine(element, place, "number", element.initial_value),
  email_text_input: (element, place) => drawLine(element, place, "email", element.initial_value),
  url_text_input: (element, place) => drawLine(element, place, "url", element.initial_value),
  datepicker: (element, place) => drawLine(element, place, "date", element.initial_date),
  timepicker: (element, place) => drawLine(element, place, "time", element.initial_time),
  datetimepicker: (element, place) =>
    drawLine(element, place, "datetime-local", localMoment(element.initial_date_time)),
  users_select: (element, place) =>
    drawNamesSelect(element, place, peopleOptions(place.workspace), element.initial_user),
  channels_select: (element, place) =>
    drawNamesSelect(element, place, channelOptions(place.workspace), element.initial_channel),
  conversations_select: (element, place) =>
    drawNamesSelect(
      element,
      place,
      conversationOptions(place.workspace, element.filter),
      element.initial_conversation ?? (element.default_to_current_conversation && place.workspace.channel),
    ),
  multi_users_select: (element, place) =>
    drawNamesPicker(element, place, peopleOptions(place.workspace), element.initial_users),
  multi_channels_select: (element, place) =>
    drawNamesPicker(element, place, channelOptions(place.workspace), element.initial_channels),
  multi_conversations_select: (element, place) =>
    drawNamesPicker(
      element,
      place,
      conversationOptions(place.workspace, element.filter),
      element.initial_conversations,
    ),
  file_input: (element, place) => drawFileInput(element, place.fieldId),
  image: (element) => drawImage(element),
};

const KIND_NAMES = {
  datepicker: "Date",
  timepicker: "Time",
  datetimepicker: "Date and time",
  number_input: "Number",
  email_text_input: "Email address",
  url_text_input: "Web address",
  plain_text_input: "Text",
};

/**
 * @param {Object} element A Block Kit element.
 * @param {string} blockId The block it stands in.
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawElement(element, blockId, surface) {
  const draw = DRAW[element.type];
  if (!draw) {
    const words = `A “${element.type}” stands here, which this page cannot draw.`;
    return h("span", { class: "unknown-element" }, words);
  }
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
  const options = names.map(({ value, text }) =>
    h("option", { value, selected: value === initial }, plainText(text)),
  );
  return drawSelect(element, place, options, initial);
}

function drawNamesPicker(element, place, options, initial) {
  const { fieldId: id } = place;
  return drawPicker(element, { fieldId: id, options, chosen: optionsNamed(options, initial), many: true });
}

function drawMultiStatic(element, { fieldId: id }) {
  const chosen = element.initial_options ?? [];
  return drawPicker(element, { fieldId: id, options: flatOptions(element), chosen, many: true });
}

function drawExternal(element, { fieldId: id }, many) {
  const initial = [element.initial_option ?? [], element.initial_options ?? []].flat();
  return drawPicker(element, { fieldId: id, options: null, chosen: initial, many });
}

function drawSelect(element, place, options, initial) {
  const label = plainText(element.placeholder) || "Select an option";
  const prompt = h("option", { value: "", selected: !initial, disabled: true, hidden: true }, label);
  const select = h("select", handle(element, { id: place.fieldId, "aria-label": label }), prompt, ...options);
  return h("span", { class: "select" }, select, icon("down"));
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
    // In a form its label stands before this name.
    "aria-label": plainText(element.placeholder) || KIND_NAMES[element.type],
    "data-autofocus": element.focus_on_load ?? false,
    autocomplete: "off",
  });
}

/** Seconds since 1970 as a date field wants them: local time to the minute. */
function localMoment(seconds) {
  if (!seconds) return null;
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function drawImage(element) {
  return zoomable({ src: imageSource(element), alt: element.alt_text, className: "picture-accessory" });
}
