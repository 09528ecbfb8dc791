/** Faults to arm and conditions to switch on: what they imitate, whether they struck, and their end. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { drawConditions } from "./conditions.js";

const TIMES = [
  ["1", "the next call"],
  ["3", "the next 3 calls"],
  ["always", "every call"],
];
const SERVICES = { masko: "Masko", slack: "Slack" };

/** A form that arms a fault, the list of those armed, and the conditions. */
export class FaultsTab {
  #known = { available: [], calls: {}, armed: [], conditions: [] };

  /** @param {Object} context `api`, `toasts`, and `isOpen`: whether the drawer is. */
  constructor(context) {
    this.context = context;
    this.badge = h("span", { class: "fault-badge", hidden: true, "data-test": "fault-badge" });
    this.count = h("span", { class: "tab-count", hidden: true });
    this.form = this.#drawForm();
    this.armed = h("ul", { class: "armed", "aria-label": "Armed faults", "data-test": "armed" });
    this.conditions = h("div", { class: "conditions", "data-test": "conditions" });
    this.element = h(
      "div",
      { class: "tab-panel faults" },
      h("section", { class: "faults-side", "aria-label": "Faults of calls" }, this.form, this.armed),
      h("section", { class: "faults-side", "aria-label": "Standing conditions" }, this.conditions),
    );
  }

  /** The tab came to be seen. */
  shown() {
    this.changed();
  }

  /** Read and show what there is. */
  async changed() {
    await this.#tried(async () => {
      this.#known = await this.context.api.faults();
      if (!this.call.options.length) this.#offerCalls();
      this.#draw();
    });
  }

  #drawForm() {
    const field = (test, label) => h("select", { class: "mini-field", "aria-label": label, "data-test": test });
    this.service = field("fault-service", "Service");
    this.service.append(...Object.entries(SERVICES).map(([value, words]) => h("option", { value }, words)));
    this.call = field("fault-call", "Call");
    this.fault = field("fault-name", "Fault");
    this.times = field("fault-times", "How often");
    this.times.append(...TIMES.map(([value, words]) => h("option", { value }, words)));
    this.words = h("p", { class: "imitates", "data-test": "imitates" });
    this.service.addEventListener("change", () => this.#offerCalls());
    this.call.addEventListener("change", () => this.#offerFaults());
    this.fault.addEventListener("change", () => this.#tell());
    return h(
      "form",
      { class: "fault-form", on: { submit: (event) => this.#arm(event) } },
      h("h3", {}, "Let a call go wrong"),
      h("div", { class: "fault-fields" }, this.service, this.call, this.fault, this.times, armButton()),
      this.words,
    );
  }

  /** What can go wrong with the chosen call. */
  get #offered() {
    return this.#known.available.filter(
      ({ service, operations }) => service === this.service.value && operations.includes(this.call.value),
    );
  }

  #offerCalls() {
    const calls = this.#known.calls[this.service.value] ?? {};
    const options = Object.entries(calls).map(([name, value]) => h("option", { value }, callWords(name, value)));
    this.call.replaceChildren(...options);
    if (calls.create) this.call.value = calls.create;
    this.#offerFaults();
  }

  #offerFaults() {
    const before = this.fault.value;
    const offered = this.#offered;
    this.fault.replaceChildren(...offered.map(({ name, title }) => h("option", { value: name }, title)));
    if (offered.some(({ name }) => name === before)) this.fault.value = before;
    this.#tell();
  }

  #tell() {
    const found = this.#offered.find(({ name }) => name === this.fault.value);
    if (found) this.words.replaceChildren(...imitation(found));
  }

  async #arm(event) {
    event.preventDefault();
    const times = this.times.value === "always" ? null : Number(this.times.value);
    const wanted = { service: this.service.value, operation: this.call.value, fault: this.fault.value, times };
    await this.#tried(() => this.context.api.arm(wanted));
  }

  #draw() {
    const { armed, conditions } = this.#known;
    const clearAll = { type: "button", class: "link-button", on: { click: () => this.#clear() } };
    this.armed.replaceChildren(
      ...armed.map((fault) => this.#drawArmed(fault)),
      armed.length > 1 ? h("li", {}, h("button", clearAll, "Clear all")) : "",
    );
    drawConditions(this.conditions, conditions, (wanted) =>
      this.#tried(() => this.context.api.setCondition(wanted)),
    );
    this.#drawCount(armed, conditions);
  }

  #drawArmed(fault) {
    const over = fault.left === 0;
    const left = fault.left === null ? "every call" : over ? "over" : `${fault.left} to come`;
    const clear = {
      type: "button",
      class: "icon-button",
      "aria-label": `Clear: ${fault.title}`,
      title: "Clear",
      on: { click: () => this.#clear(fault.id) },
    };
    return h(
      "li",
      { class: "armed-fault", "data-over": over, title: `${fault.imitates} (${fault.source})` },
      h("span", { class: `entry-kind kind-${fault.service === "masko" ? "masko" : "web_api"}` }, fault.operation),
      h("span", { class: "armed-title" }, fault.title),
      h("span", { class: "armed-left" }, left),
      h("span", { class: "armed-struck", "data-struck": fault.struck }, `struck ${fault.struck} ×`),
      h("button", clear, icon("close")),
    );
  }

  #drawCount(armed, conditions) {
    const live = armed.filter(({ left }) => left !== 0).length + conditions.filter(({ on }) => on).length;
    for (const element of [this.badge, this.count]) {
      element.hidden = live === 0;
      element.textContent = String(live);
    }
    this.badge.title = live === 1 ? "1 fault or condition is on" : `${live} faults or conditions are on`;
  }

  async #clear(id) {
    await this.#tried(() => this.context.api.clearFaults(id));
  }

  async #tried(act) {
    try {
      await act();
    } catch (error) {
      this.context.toasts.show(error.message);
    }
  }
}

/** What something imitates, and who says so. */
export function imitation({ imitates, source }) {
  return [`Imitates ${imitates}. `, h("span", { class: "source" }, `Source: ${source}`)];
}

function armButton() {
  return h("button", { type: "submit", class: "button button-primary button-mini", "data-test": "arm" }, "Arm");
}

function callWords(name, value) {
  return name === "any" ? "any call" : value === name ? name : `${name} (${value})`;
}
