/** Standing conditions as switches, and moments as buttons. */

import { h } from "../dom.js";
import { morph } from "../morph.js";
import { imitation } from "./faults.js";

const SERVICES = { slack: "Slack", masko: "Masko" };

/**
 * Draw the conditions into an element; what somebody is typing there stays.
 * @param {HTMLElement} element
 * @param {Object[]} conditions As the control API lists them.
 * @param {(wanted: {name: string, on: boolean, value?: *}) => void} onSwitch
 */
export function drawConditions(element, conditions, onSwitch) {
  const drawn = h(
    "div",
    { class: element.className, "data-test": element.dataset.test },
    h("h3", {}, "Let something be wrong"),
    ...conditions.map(drawCondition),
  );
  morph(element, drawn);
  for (const row of element.querySelectorAll("[data-condition]")) listen(row, onSwitch);
}

function drawCondition({ name, service, title, on, value, usual, unit, moment, imitates, source }) {
  const id = `condition-${name}`;
  const named = { id, "data-test": id, "aria-describedby": `${id}-words` };
  const act = moment
    ? h("button", { type: "button", class: "button button-mini", ...named, "aria-label": `${title} now` }, "Now")
    : h("input", { type: "checkbox", role: "switch", class: "switch", ...named, "aria-label": title, checked: on });
  const field =
    usual !== null &&
    h("input", {
      class: "mini-field condition-value",
      type: unit === "seconds" ? "number" : "text",
      min: unit === "seconds" ? 0 : null,
      step: unit === "seconds" ? "any" : null,
      value: String(value),
      "aria-label": `${title}: ${unit}`,
    });
  return h(
    "div",
    { class: "condition", "data-key": name, "data-condition": name, "data-on": on },
    act,
    h(
      "label",
      { class: "condition-words", for: id },
      h("span", { class: "condition-title" }, title, h("span", { class: "condition-service" }, SERVICES[service])),
      h("small", { id: `${id}-words` }, ...imitation({ imitates, source })),
    ),
    field && h("span", { class: "condition-field" }, field, unit === "seconds" && " s"),
  );
}

function listen(row, onSwitch) {
  const name = row.dataset.condition;
  const control = row.querySelector(".switch, button");
  const field = row.querySelector(".condition-value");
  const value = () => (field ? { value: field.type === "number" ? Number(field.value) : field.value } : {});
  if (control.matches("button")) {
    control.onclick = () => onSwitch({ name, on: true });
    return;
  }
  // What was chosen by hand counts more than the attribute that the drawing sets.
  control.checked = row.dataset.on !== undefined && row.dataset.on !== "false";
  control.onchange = () => onSwitch({ name, on: control.checked, ...value() });
  if (field) field.onchange = () => control.checked && onSwitch({ name, on: true, ...value() });
}
