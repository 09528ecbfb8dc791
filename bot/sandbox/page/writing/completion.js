/** The list above a text field that completes commands and names as one types. */

import { avatar, standingBadge } from "../avatar.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";

let count = 0;

/** Follows a text field; arrow keys choose, Tab or Enter take over, Escape leaves it be. */
export class Completion {
  #found = null;
  #at = 0;
  #left = "";

  /**
   * @param {HTMLTextAreaElement} field
   * @param {{workspace: import("../state.js").Workspace,
   *   suggest: (text: string, caret: number) => import("./suggestions.js").Suggestions|null}} options
   */
  constructor(field, { workspace, suggest }) {
    count += 1;
    this.field = field;
    this.workspace = workspace;
    this.suggest = suggest;
    this.id = `completion-${count}`;
    this.list = h("ul", {
      class: "completion-list",
      role: "listbox",
      id: this.id,
      "aria-label": "Suggestions",
    });
    this.note = h("p", { class: "completion-note", role: "status" });
    this.element = h(
      "div",
      { class: "completion", hidden: true, "data-test": "completion" },
      this.list,
      this.note,
    );
    this.#listen();
  }

  /** Look again at what is typed. */
  refresh() {
    const { value, selectionEnd } = this.field;
    const found = document.activeElement === this.field && value !== this.#left;
    this.#found = found ? this.suggest(value, selectionEnd) : null;
    this.#at = 0;
    this.#draw();
  }

  /** Show nothing until something else is typed. */
  close() {
    this.#left = this.field.value;
    this.refresh();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} Whether the key was for the list.
   */
  key(event) {
    if (this.element.hidden || event.isComposing) return false;
    const items = this.#found?.items ?? [];
    const act = {
      Escape: () => this.close(),
      ArrowDown: items.length > 0 && (() => this.#choose(this.#at + 1)),
      ArrowUp: items.length > 0 && (() => this.#choose(this.#at - 1)),
      Tab: items.length > 0 && !event.shiftKey && (() => this.#take(items[this.#at])),
      Enter: this.#completes() && !event.shiftKey && (() => this.#take(items[this.#at])),
    }[event.key];
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }

  /** Whether taking the suggestion would add something: a command typed in full is ready to be sent. */
  #completes() {
    const item = this.#found?.items[this.#at];
    return item && this.field.value.slice(this.#found.from).trim() !== item.insert.trim();
  }

  #listen() {
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-autocomplete", "list");
    this.field.setAttribute("aria-controls", this.id);
    for (const name of ["input", "click", "focus", "blur"]) {
      this.field.addEventListener(name, () => this.refresh());
    }
    // The field keeps the focus, so that its blur does not take the list away before the click.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-index]");
      if (chosen) this.#take(this.#found.items[Number(chosen.dataset.index)]);
    });
  }

  #choose(at) {
    const { length } = this.#found.items;
    this.#at = (at + length) % length;
    this.#draw();
  }

  #take(item) {
    const { from, to } = this.#found;
    this.field.setRangeText(item.insert, from, to, "end");
    // A form that listens for typing hears of this as well, and the list looks again.
    this.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  #draw() {
    const { items = [], note = "", kind = "" } = this.#found ?? {};
    const shown = items.length > 0 || note !== "";
    this.element.hidden = !shown;
    this.element.dataset.kind = kind;
    this.field.setAttribute("aria-expanded", String(items.length > 0));
    this.list.hidden = items.length === 0;
    this.list.replaceChildren(...items.map((item, index) => this.#drawItem(item, index)));
    this.note.textContent = note;
    this.note.hidden = !note;
    if (items.length) this.field.setAttribute("aria-activedescendant", `${this.id}-${this.#at}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  #drawItem(item, index) {
    const person = item.person && this.workspace.person(item.person);
    const props = {
      class: "completion-item",
      role: "option",
      id: `${this.id}-${index}`,
      "data-index": index,
      "aria-selected": String(index === this.#at),
    };
    return h(
      "li",
      props,
      person ? avatar(person, "small") : icon("bolt"),
      h("strong", {}, item.label),
      person && standingBadge(person),
      item.detail && h("span", { class: "completion-detail" }, item.detail),
      item.note && h("span", { class: "completion-aside" }, item.note),
    );
  }
}
