/** Short notices that come up above everything and go by themselves. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

const STAY_MS = 6000;

/** The place where notices appear; read out by screen readers. */
export class Toasts {
  element = h("div", {
    class: "toasts",
    popover: "manual",
    role: "status",
    "aria-live": "polite",
    "data-test": "toasts",
  });

  /**
   * @param {string} words
   * @param {"problem"|"note"} [kind]
   * @param {{words: string, act: () => void}} [offer] A button for what one may want to do next.
   */
  show(words, kind = "problem", offer) {
    const toast = h(
      "div",
      { class: `toast toast-${kind}` },
      icon(kind === "problem" ? "warning" : "check"),
      h("span", {}, words),
      offer && h("button", { type: "button", class: "toast-offer", on: { click: offer.act } }, offer.words),
    );
    const same = [...this.element.children].find((other) => other.textContent === toast.textContent);
    same?.remove();
    this.element.append(toast);
    this.#lift();
    setTimeout(() => this.#drop(toast), STAY_MS);
  }

  /** Bring the notices above a dialog that was opened since. */
  #lift() {
    if (this.element.matches(":popover-open")) this.element.hidePopover();
    this.element.showPopover();
  }

  #drop(toast) {
    toast.remove();
    if (!this.element.childElementCount && this.element.matches(":popover-open")) this.element.hidePopover();
  }
}
