/** Tabs after the pattern of w3.org/WAI/ARIA/apg/patterns/tabs: arrow keys move, the chosen one is shown. */

import { h } from "../dom.js";

/**
 * @typedef {Object} Tab
 * @property {string} name
 * @property {string} words
 * @property {{element: HTMLElement, shown: () => void}} tab
 * @property {HTMLElement} [more] What stands beside the words.
 */

/** A row of tabs, and the panels that they show one of. */
export class Tabs {
  /** @param {Tab[]} tabs The first is shown at first. */
  constructor(tabs) {
    this.tabs = tabs;
    this.buttons = tabs.map(({ name, words, more }) => {
      const props = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, class: "inspector-tab" };
      const choose = { click: () => this.choose(name) };
      return h("button", { ...props, "data-test": `tab-${name}`, on: choose }, words, more);
    });
    this.element = h(
      "div",
      { class: "inspector-tabs", role: "tablist", "aria-label": "Inspector", on: { keydown: (event) => this.#key(event) } },
      ...this.buttons,
    );
    for (const { name, tab } of tabs) {
      tab.element.id = `panel-${name}`;
      tab.element.setAttribute("role", "tabpanel");
      tab.element.setAttribute("aria-labelledby", `tab-${name}`);
    }
    this.panels = h("div", { class: "tab-panels" }, ...tabs.map(({ tab }) => tab.element));
    this.#show(tabs[0].name);
  }

  /** The tab that is shown. */
  get current() {
    return this.tabs.find(({ name }) => name === this.name).tab;
  }

  /** @param {string} name */
  choose(name) {
    this.#show(name);
    this.current.shown();
  }

  #show(name) {
    this.name = name;
    for (const [index, { name: other, tab }] of this.tabs.entries()) {
      const chosen = other === name;
      tab.element.hidden = !chosen;
      this.buttons[index].setAttribute("aria-selected", String(chosen));
      this.buttons[index].tabIndex = chosen ? 0 : -1;
    }
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = this.tabs.findIndex(({ name }) => name === this.name);
    const next = (at + step + this.tabs.length) % this.tabs.length;
    this.choose(this.tabs[next].name);
    this.buttons[next].focus();
    event.preventDefault();
  }
}
