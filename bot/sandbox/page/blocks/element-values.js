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
  multi_static_select: (control, element) => ({ selected_options: checked(control, element) }),
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
    .filter((block) => (block.block_id ?? "") === blockId)
    .flatMap((block) => [block.accessory ?? [], block.element ?? [], block.elements ?? []].flat());
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
    const words = block.type === "input" && complaint(block, element, readElement(control, element));
    if (words) errors[block.block_id] = words;
  }
  return errors;
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
