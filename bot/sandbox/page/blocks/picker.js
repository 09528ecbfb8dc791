/**
 * A menu with search and, where several may be chosen, a chip for each: multi-selects and external selects.
 *
 * The control keeps what was chosen in its `chosen` property (option objects) and says `change` when that is
 * settled. It asks for an app's options by a `look-up` event, which whoever owns the surface answers (actions.js).
 * Source: docs.slack.dev, "Block Kit: multi-select menu element" and "select menu element".
 */

import { h, present } from "../dom.js";
import { icon } from "../icons.js";
import { plainText } from "../text/richtext.js";

const PAUSE_MS = 200;
/** docs.slack.dev: "The default value is 3." */
const LEAST_QUERY = 3;
const WORDS = { many: "Choose one or more", one: "Choose an option" };

/**
 * @param {Object} element The Block Kit element.
 * @param {{fieldId: string, options: Object[]|null, chosen: Object[], many: boolean}} given `options`: all there
 *   are, as option objects (with `group` the name of theirs); null where the app is to be asked.
 * @returns {HTMLElement}
 */
export function drawPicker(element, given) {
  return new Picker(element, given).control;
}

class Picker {
  #options = [];
  #at = 0;
  #before = "";
  #timer = 0;
  #asked = 0;

  constructor(element, { fieldId, options, chosen, many }) {
    Object.assign(this, { element, fieldId, given: options, many });
    this.input = h("input", {
      type: "text",
      id: fieldId,
      class: "picker-input",
      role: "combobox",
      autocomplete: "off",
      "aria-expanded": "false",
      "aria-controls": `${fieldId}:list`,
      "aria-label": plainText(element.placeholder) || "Choose",
    });
    this.chips = h("span", { class: "picker-chips" });
    this.list = h("ul", { class: "picker-list", id: `${fieldId}:list`, role: "listbox", popover: "manual" });
    this.control = h(
      "div",
      {
        class: "picker field",
        "data-action-id": element.action_id,
        "data-element": element.type,
        "data-many": many,
        role: "group",
      },
      this.chips,
      this.input,
      icon("down"),
      this.list,
    );
    this.control.keep = JSON.stringify([element, options]);
    this.control.adopt = (old) => this.#setChosen(old.chosen ?? []);
    this.#setChosen(chosen);
    this.#listen();
  }

  #setChosen(options) {
    this.control.chosen = options;
    this.chips.replaceChildren(...options.map((option) => this.#drawChip(option)));
    const prompt = plainText(this.element.placeholder) || (this.many ? WORDS.many : WORDS.one);
    this.input.placeholder = options.length ? "" : prompt;
  }

  #drawChip(option) {
    const label = plainText(option.text);
    const remove = { type: "button", class: "chip-remove", "aria-label": `Remove ${label}`, tabindex: "-1" };
    const drop = () => {
      this.#setChosen(this.control.chosen.filter(({ value }) => value !== option.value));
      this.#settle();
      this.input.focus();
    };
    return h(
      "span",
      { class: "chip" },
      label,
      h("button", { ...remove, on: { click: drop } }, icon("close")),
    );
  }

  #listen() {
    const { input, list, control } = this;
    input.addEventListener("input", (event) => {
      event.stopPropagation();
      this.#open();
    });
    // The text is only what one searches for: what counts is said by the control itself.
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("click", () => this.#open());
    input.addEventListener("blur", () => this.#close());
    input.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-index]");
      if (row) this.#toggle(this.#options[Number(row.dataset.index)]);
    });
    control.addEventListener("click", (event) => event.target === control && input.focus());
  }

  #open() {
    if (!this.list.matches(":popover-open")) {
      this.#before = valuesOf(this.control.chosen);
      this.list.showPopover();
      this.input.setAttribute("aria-expanded", "true");
    }
    this.#place();
    this.#find(this.input.value.trim());
  }

  #close() {
    if (!this.list.matches(":popover-open")) return;
    this.list.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.value = "";
    clearTimeout(this.#timer);
    if (this.#before !== valuesOf(this.control.chosen)) this.#settle();
  }

  /** Under the field, or over it where there is no room. */
  #place() {
    const { left, top, bottom, width } = this.control.getBoundingClientRect();
    const above = innerHeight - bottom < 240 && top > 240;
    this.list.style.left = `${left}px`;
    this.list.style.width = `${width}px`;
    this.list.style.top = above ? "auto" : `${bottom + 4}px`;
    this.list.style.bottom = above ? `${innerHeight - top + 4}px` : "auto";
  }

  #settle() {
    this.#before = valuesOf(this.control.chosen);
    this.control.dispatchEvent(new Event("change", { bubbles: true }));
    this.control.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #find(words) {
    if (this.given) {
      const wanted = words.toLowerCase();
      this.#show(this.given.filter((option) => plainText(option.text).toLowerCase().includes(wanted)));
      return;
    }
    const least = this.element.min_query_length ?? LEAST_QUERY;
    clearTimeout(this.#timer);
    if (words.length < least) {
      this.#show([], least === 1 ? "Type to search" : `Type at least ${least} letters to search`);
      return;
    }
    this.#show([], "Searching…");
    this.#timer = setTimeout(() => this.#ask(words), PAUSE_MS);
  }

  async #ask(words) {
    const turn = ++this.#asked;
    try {
      const answer = await new Promise((resolve, reject) => {
        const detail = { value: words, resolve, reject };
        this.control.dispatchEvent(new CustomEvent("look-up", { bubbles: true, detail }));
      });
      if (turn === this.#asked) this.#show(flatOptions(answer));
    } catch (error) {
      if (turn === this.#asked) this.#show([], `${error.message} Type again to retry.`);
    }
  }

  #show(options, note = "Nothing found") {
    this.#options = options;
    this.#at = 0;
    let group = null;
    const rows = options.flatMap((option, index) => {
      const head = option.group && option.group !== group && h("li", { class: "picker-group" }, option.group);
      group = option.group;
      return present([head, this.#drawRow(option, index)]);
    });
    this.list.replaceChildren(...(rows.length ? rows : [h("li", { class: "picker-note" }, note)]));
    this.#mark();
  }

  #drawRow(option, index) {
    const chosen = this.control.chosen.some(({ value }) => value === option.value);
    return h(
      "li",
      {
        class: "picker-option",
        role: "option",
        id: `${this.fieldId}:${index}`,
        "data-index": index,
        "aria-selected": String(chosen),
      },
      h("span", {}, plainText(option.text)),
      chosen && icon("check"),
    );
  }

  #mark() {
    const rows = [...this.list.querySelectorAll("[data-index]")];
    rows.forEach((row, index) => row.classList.toggle("is-active", index === this.#at));
    const active = rows[this.#at];
    if (!active) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }

  #toggle({ group, ...option }) {
    const { chosen } = this.control;
    const others = chosen.filter(({ value }) => value !== option.value);
    const most = this.element.max_selected_items ?? Infinity;
    if (!this.many) this.#setChosen([option]);
    else if (others.length < chosen.length) this.#setChosen(others);
    else if (chosen.length < most) this.#setChosen([...chosen, option]);
    if (!this.many) {
      this.#close();
      return;
    }
    this.input.value = "";
    this.#place();
    if (this.given) this.#find("");
    else this.#show(this.#options);
  }

  #key(event) {
    const open = this.list.matches(":popover-open");
    const last = this.#options.length - 1;
    const move = (to) => {
      this.#at = Math.max(0, Math.min(to, last));
      this.#mark();
    };
    const act = {
      ArrowDown: () => (open ? move(this.#at + 1) : this.#open()),
      ArrowUp: () => open && move(this.#at - 1),
      Enter: () => (open ? last >= 0 && this.#toggle(this.#options[this.#at]) : this.#open()),
      Escape: open && (() => this.#close()),
      Backspace: !this.input.value && (() => this.chips.lastElementChild?.querySelector("button").click()),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** Options with the names of their groups. @param {{options?: Object[], option_groups?: Object[]}} source */
export function flatOptions({ options, option_groups: groups }) {
  if (options) return options;
  return (groups ?? []).flatMap((group) =>
    group.options.map((option) => ({ ...option, group: plainText(group.label) })),
  );
}

function valuesOf(options) {
  return JSON.stringify(options.map(({ value }) => value));
}
