/** Presses and choices in blocks, on their way to the bot. */

import { confirmAction } from "../floating/confirm.js";
import { findElement, readElement } from "./element-values.js";
import { openMenu } from "../floating/popover.js";
import { plainText } from "../text/richtext.js";

const CLICKED = new Set(["button", "workflow_button", "overflow"]);

/** Sends what people do with the elements of messages and views. */
export class Actions {
  /**
   * @param {{workspace: import("../state.js").Workspace, api: import("../api.js").ControlApi,
   *   onProblem: (words: string) => void}} options
   */
  constructor({ workspace, api, onProblem }) {
    this.workspace = workspace;
    this.api = api;
    this.onProblem = onProblem;
  }

  /**
   * Listen to everything interactive inside a surface.
   * @param {HTMLElement} root
   * @param {(control: HTMLElement) => {blocks: Object[], origin: Object}|null} locate The blocks a control
   *   stands in and what names the place for the server; null where its changes go nowhere yet (inputs).
   */
  watch(root, locate) {
    root.addEventListener("click", (event) => {
      const control = event.target.closest("[data-action-id]");
      if (control && CLICKED.has(control.dataset.element)) this.#start(control, locate);
    });
    root.addEventListener("change", (event) => {
      const control = event.target.closest("[data-action-id]");
      if (control && !CLICKED.has(control.dataset.element)) this.#start(control, locate);
    });
  }

  #start(control, locate) {
    const place = locate(control);
    const element = place && findElement(place.blocks, blockIdOf(control), control.dataset.actionId);
    if (!element || control.getAttribute("aria-busy") === "true") return;
    if (element.type === "overflow") this.#openOverflow(control, element, place);
    else this.#send(control, element, place, readElement(control, element));
  }

  #openOverflow(control, element, place) {
    const choose = (option) => {
      if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
      this.#send(control, element, place, { selected_option: option });
    };
    const items = element.options.map((option) => ({
      label: plainText(option.text),
      value: option,
      test: `option-${option.value}`,
    }));
    openMenu(control, { label: "More actions", items, onChoose: choose });
  }

  async #send(control, element, { origin }, answer) {
    if (element.confirm && !(await confirmAction(element.confirm, this.workspace))) return;
    const ids = { block_id: blockIdOf(control), action_id: element.action_id };
    control.setAttribute("aria-busy", "true");
    try {
      await this.api.action({ as: this.workspace.acting, ...origin, ...ids, ...answer });
    } catch (error) {
      this.onProblem(error.message);
    } finally {
      control.removeAttribute("aria-busy");
    }
  }
}

function blockIdOf(control) {
  return control.closest("[data-block-id]")?.dataset.blockId ?? "";
}
