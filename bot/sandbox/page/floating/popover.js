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
  anchor.after(surface);
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
 * Open a menu; arrow keys move, Enter chooses.
 * @param {HTMLElement} anchor
 * @param {{label: string, items: {label: string|Node|Array, value: *, checked?: boolean, test?: string}[],
 *   onChoose: (value: *) => void, className?: string}} options
 */
export function openMenu(anchor, { label, items, onChoose, className = "" }) {
  const checkable = items.some((item) => item.checked !== undefined);
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        class: "menu-item",
        role: checkable ? "menuitemradio" : "menuitem",
        "aria-checked": checkable ? String(Boolean(item.checked)) : null,
        "data-test": item.test,
        tabindex: "-1",
        on: { click: () => (close(), onChoose(item.value)) },
      },
      item.label,
    ),
  );
  const list = h("div", { class: "menu", on: { keydown: (event) => moveFocus(event, buttons) } }, ...buttons);
  const close = openPopover(anchor, list, { label, className, role: "menu" });
  (buttons.find((button) => button.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
}

/**
 * Move focus among items with the arrow keys, Home and End.
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items In reading order.
 */
export function moveFocus(event, items) {
  const at = items.indexOf(document.activeElement);
  const target = {
    ArrowDown: items[(at + 1) % items.length],
    ArrowRight: items[(at + 1) % items.length],
    ArrowUp: items.at(at <= 0 ? -1 : at - 1),
    ArrowLeft: items.at(at <= 0 ? -1 : at - 1),
    Home: items[0],
    End: items.at(-1),
  }[event.key];
  if (!target) return;
  event.preventDefault();
  target.focus();
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
