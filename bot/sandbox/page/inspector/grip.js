/** The edge by which the inspector is made taller or smaller. */

import { h } from "../dom.js";

const SMALLEST = 15;
const LARGEST = 80;
const STEP = 4;

/**
 * @param {number} initial Height in percent of the window's.
 * @returns {HTMLElement} A separator moved with the pointer or the arrow keys; it sets `--inspector-height`.
 */
export function drawGrip(initial) {
  const grip = h("div", {
    class: "inspector-grip",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "horizontal",
    "aria-label": "Height of the inspector",
    "aria-valuemin": SMALLEST,
    "aria-valuemax": LARGEST,
    "aria-valuenow": initial,
  });
  const resize = (percent) => {
    const bounded = Math.round(Math.min(Math.max(percent, SMALLEST), LARGEST));
    grip.setAttribute("aria-valuenow", bounded);
    document.documentElement.style.setProperty("--inspector-height", `${bounded}dvh`);
  };
  grip.addEventListener("pointerdown", (event) => grip.setPointerCapture(event.pointerId));
  grip.addEventListener("pointermove", (event) => {
    if (grip.hasPointerCapture(event.pointerId)) resize((1 - event.clientY / innerHeight) * 100);
  });
  grip.addEventListener("keydown", (event) => {
    const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (step) resize(Number(grip.getAttribute("aria-valuenow")) + step);
  });
  return grip;
}
