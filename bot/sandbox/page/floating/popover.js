/** Small floating surfaces: menus, pickers. They close on Escape and on a click elsewhere. */

import { h } from "../dom.js";

const GAP_PX = 6;
const EDGE_PX = 8;

/**
 * Open a floating surface beside a button. Only one is open at a time; focus returns to the button.
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{label: string, className?: string, role?: string, test?: string}} options
 * @returns {() => void} Closes it.
 */
export function openPopover(anchor, content, { label, className = "", role = "dialog", test }) {
  const props = {
    class: `popover ${className}`,
    popover: "auto",
    role,
    "aria-label": label,
    "data-test": test,
  };
  const surface = h("div", props, content);
  // Outside the anchor's message or list, which may be redrawn while this is open; inside a dialog it must stay.
  (anchor.closest("dialog") ?? document.body).append(surface);
  anchor.setAttribute("aria-expanded", "true");
  const settle = () => place(surface, anchor);
  surface.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    removeEventListener("resize", settle);
    anchor.setAttribute("aria-expanded", "false");
    if (surface.contains(document.activeElement)) anchor.focus();
    surface.remove();
  });
  addEventListener("resize", settle);
  surface.showPopover();
  settle();
  return () => surface.hidePopover();
}

/**
 * @typedef {Object} MenuItem
 * @property {string|Node|Array} label
 * @property {*} [value] What `onChoose` is given; an item without one is a heading, or with `label` null a line.
 * @property {boolean} [checked] Makes the menu one of choices.
 * @property {string} [hint] The key that does the same.
 * @property {"danger"} [style]
 * @property {string} [test]
 */

/**
 * Open a menu; arrow keys and first letters move, Enter chooses.
 * @param {HTMLElement} anchor
 * @param {{label: string, items: MenuItem[], onChoose: (value: *) => void, className?: string}} options
 */
export function openMenu(anchor, { label, items, onChoose, className = "" }) {
  const checkable = items.some((item) => item.checked !== undefined);
  const choose = (value) => (close(), onChoose(value));
  const drawn = items.map((item) =>
    item.value === undefined ? drawHeading(item.label) : drawMenuItem(item, checkable, choose),
  );
  const buttons = drawn.filter((element) => element.matches("button"));
  const list = h("div", { class: "menu", on: { keydown: (event) => moveFocus(event, buttons) } }, ...drawn);
  const close = openPopover(anchor, list, { label, className, role: "menu", test: "menu" });
  (buttons.find((button) => button.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
}

function drawHeading(label) {
  if (label === null) return h("hr", { class: "menu-line" });
  return h("p", { class: "menu-heading", role: "presentation" }, label);
}

function drawMenuItem(item, checkable, choose) {
  return h(
    "button",
    {
      type: "button",
      class: item.style ? `menu-item menu-item-${item.style}` : "menu-item",
      role: checkable ? "menuitemradio" : "menuitem",
      "aria-checked": checkable ? String(Boolean(item.checked)) : null,
      "data-test": item.test,
      tabindex: "-1",
      on: { click: () => choose(item.value) },
    },
    item.label,
    item.hint && h("kbd", { "aria-hidden": "true" }, item.hint),
  );
}

/**
 * Move focus among items with the arrow keys, Home and End.
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items In reading order.
 * @param {number} [columns] Of a grid.
 */
export function moveFocus(event, items, columns = 1) {
  const at = items.indexOf(document.activeElement);
  const target = {
    ArrowDown: items[(at + columns) % items.length],
    ArrowRight: items[(at + 1) % items.length],
    ArrowUp: items.at((Math.max(at, 0) - columns) % items.length),
    ArrowLeft: items.at(at <= 0 ? -1 : at - 1),
    Home: items[0],
    End: items.at(-1),
  }[event.key];
  if (!target) {
    focusByLetter(event, [...items.slice(at + 1), ...items.slice(0, at + 1)]);
    return;
  }
  event.preventDefault();
  target.focus();
}

function focusByLetter(event, items) {
  if (!/^\p{L}$/u.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  const letter = event.key.toLowerCase();
  const found = items.find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
  if (!found) return;
  event.preventDefault();
  found.focus();
}

function place(surface, anchor) {
  const around = anchor.getBoundingClientRect();
  const { width, height } = surface.getBoundingClientRect();
  const below = around.bottom + GAP_PX;
  const above = around.top - GAP_PX - height;
  const fitsBelow = below + height <= innerHeight - EDGE_PX;
  const top = fitsBelow || above < EDGE_PX ? Math.min(below, innerHeight - height - EDGE_PX) : above;
  const left = Math.min(around.left, innerWidth - width - EDGE_PX);
  surface.style.top = `${Math.max(EDGE_PX, top)}px`;
  surface.style.left = `${Math.max(EDGE_PX, left)}px`;
}
