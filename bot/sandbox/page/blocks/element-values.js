/**
 * Reading what a person chose or typed, in the shapes of Slack's `view.state.values` and of actions.
 * Source: docs.slack.dev, "Interaction payloads: view_submission" and "block_actions".
 */

import { optionsOf } from "./elements.js";

const TEXT = (control) => ({ value: control.value.trim() === "" ? null : control.value });

const READ = {
  plain_text_input: TEXT,
  number_input: TEXT,
  email_text_input: TEXT,
  url_text_input: TEXT,
  datepicker: (control) => ({ selected_date: control.value || null }),
  timepicker: (control) => ({ selected_time: control.value || null }),
  users_select: (control) => ({ selected_user: control.value || null }),
  channels_select: (control) => ({ selected_channel: control.value || null }),
  conversations_select: (control) => ({ selected_conversation: control.value || null }),
  static_select: (control, element) => ({ selected_option: optionNamed(element, control.value) }),
  radio_buttons: (control, element) => ({ selected_option: checked(control, element)[0] ?? null }),
  checkboxes: (control, element) => ({ selected_options: checked(control, element) }),
  datetimepicker: (control) => ({
    selected_date_time: control.value ? Math.round(new Date(control.value).getTime() / 1000) : null,
  }),
  multi_static_select: (control) => ({ selected_options: control.chosen }),
  multi_external_select: (control) => ({ selected_options: control.chosen }),
  external_select: (control) => ({ selected_option: control.chosen[0] ?? null }),
  multi_users_select: (control) => ({ selected_users: chosenIds(control) }),
  multi_channels_select: (control) => ({ selected_channels: chosenIds(control) }),
  multi_conversations_select: (control) => ({ selected_conversations: chosenIds(control) }),
  file_input: (control) => ({ files: control.chosen }),
};

/** Elements into which one types; they act by Enter or by each letter, not when one leaves them. */
export const TYPED = new Set(["plain_text_input", "number_input", "email_text_input", "url_text_input"]);

/** What is wrong with a line that is not of its kind. */
const KIND_WORDS = {
  email_text_input: "Please enter an email address, such as name@example.com.",
  url_text_input: "Please enter a complete address, such as https://example.com.",
};

/**
 * Find the definition of an element.
 * @param {Object[]} blocks
 * @param {string} blockId
 * @param {string} actionId
 * @returns {Object|undefined}
 */
export function findElement(blocks, blockId, actionId) {
  const candidates = blocks
    .flatMap((block) => [block, ...(block.type === "carousel" ? block.elements : [])])
    .filter((block) => (block.block_id ?? "") === blockId)
    .flatMap((block) => [
      block.accessory ?? [],
      block.element ?? [],
      block.elements ?? [],
      block.actions ?? [],
    ])
    .flat();
  return candidates.find((element) => element.action_id === actionId);
}

/**
 * @param {HTMLElement} control The element's control on the page.
 * @param {Object} element Its definition.
 * @returns {Object} What Slack says beside the type: value, selected_option…; nothing for a button.
 */
export function readElement(control, element) {
  return READ[element.type]?.(control, element) ?? {};
}

/**
 * @param {HTMLElement} root Where the view is drawn.
 * @param {Object[]} blocks The view's blocks.
 * @returns {Object<string, Object<string, Object>>} `{block_id: {action_id: {type, …}}}`
 */
export function readValues(root, blocks) {
  const values = {};
  for (const { block, element, control } of fieldsOf(root, blocks)) {
    values[block.block_id] ??= {};
    values[block.block_id][element.action_id] = { type: element.type, ...readElement(control, element) };
  }
  return values;
}

/**
 * What Slack's client itself finds wrong before it sends a form.
 * @param {HTMLElement} root
 * @param {Object[]} blocks
 * @returns {Object<string, string>} Words by block id.
 */
export function checkValues(root, blocks) {
  const errors = {};
  for (const { block, element, control } of fieldsOf(root, blocks)) {
    const words =
      block.type === "input" &&
      (misfit(control, element) ?? complaint(block, element, readElement(control, element)));
    if (words) errors[block.block_id] = words;
  }
  return errors;
}

/** What the browser itself finds wrong with a number, an email address, a web address. */
function misfit(control, element) {
  if (!control.validity || control.validity.valid || element.type === "plain_text_input") return null;
  if (element.type in KIND_WORDS) return KIND_WORDS[element.type];
  const { min_value: least, max_value: most } = element;
  if (control.validity.rangeUnderflow) return `Please enter a number of at least ${least}.`;
  if (control.validity.rangeOverflow) return `Please enter a number of at most ${most}.`;
  return element.is_decimal_allowed ? "Please enter a number." : "Please enter a whole number.";
}

function complaint(block, element, answer) {
  const [given] = Object.values(answer);
  const empty = given === null || given?.length === 0;
  if (empty) return block.optional ? null : "Please complete this required field.";
  if (element.min_length && given.length < element.min_length) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  return null;
}

function fieldsOf(root, blocks) {
  return [...root.querySelectorAll("[data-element]")].flatMap((control) => {
    const blockId = control.closest("[data-block-id]").dataset.blockId;
    const block = blocks.find((candidate) => candidate.block_id === blockId);
    const element = findElement(blocks, blockId, control.dataset.actionId);
    return block && element && READ[element.type] ? [{ block, element, control }] : [];
  });
}

function optionNamed(element, value) {
  return optionsOf(element).find((option) => option.value === value) ?? null;
}

function checked(control, element) {
  const values = new Set([...control.querySelectorAll("input:checked")].map((input) => input.value));
  return optionsOf(element).filter((option) => values.has(option.value));
}

function chosenIds(control) {
  return control.chosen.map(({ value }) => value);
}
