/** Presses and choices in blocks, on their way to the bot. */

import { confirmAction } from "../floating/confirm.js";
import { TYPED, findElement, readElement, readValues } from "./element-values.js";
import { openMenu } from "../floating/popover.js";
import { plainText } from "../text/richtext.js";

const PAUSE_MS = 400;
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
   * @param {(control: HTMLElement) => {root: HTMLElement, blocks: Object[], origin: Object, silent?: boolean}}
   *   locate The blocks a control stands in and what names the place for the server; `silent` where its changes
   *   go nowhere yet (inputs of a form).
   */
  watch(root, locate) {
    const on = (name, wanted, act) =>
      root.addEventListener(name, (event) => {
        const control = event.target.closest("[data-action-id]");
        if (control && wanted(control.dataset.element)) act(control, event);
      });
    on(
      "click",
      (type) => CLICKED.has(type),
      (control) => this.#start(control, locate),
    );
    on(
      "change",
      (type) => !CLICKED.has(type) && !TYPED.has(type),
      (control) => this.#start(control, locate),
    );
    on(
      "keydown",
      (type) => TYPED.has(type),
      (control, event) => this.#typedKey(control, event, locate),
    );
    on(
      "input",
      (type) => TYPED.has(type),
      (control) => this.#typedLetter(control, locate),
    );
    root.addEventListener("look-up", (event) => this.#lookUp(event, locate));
    root.addEventListener("upload", ({ detail: { file, resolve, reject } }) =>
      this.api.upload(this.workspace.acting, file).then((answer) => resolve(answer.file), reject),
    );
  }

  #start(control, locate) {
    const place = locate(control);
    const element = findElement(place.blocks, blockIdOf(control), control.dataset.actionId);
    if (place.silent || !element || control.getAttribute("aria-busy") === "true") return;
    if (element.type === "overflow") this.#openOverflow(control, element, place);
    else this.#send(control, element, place, readElement(control, element));
  }

  /** Source: docs.slack.dev, "Composition objects: dispatch action configuration". */
  #dispatches(control, locate, when) {
    const place = locate(control);
    const element = findElement(place.blocks, blockIdOf(control), control.dataset.actionId);
    const asked = element?.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    return !place.silent && asked.includes(when);
  }

  #typedKey(control, event, locate) {
    const plainEnter = event.key === "Enter" && !event.isComposing && !event.metaKey && !event.ctrlKey;
    if (
      !plainEnter ||
      control.matches("textarea") ||
      !this.#dispatches(control, locate, "on_enter_pressed")
    ) {
      return;
    }
    event.preventDefault();
    this.#start(control, locate);
  }

  #typedLetter(control, locate) {
    if (!this.#dispatches(control, locate, "on_character_entered")) return;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => control.isConnected && this.#start(control, locate), PAUSE_MS);
  }

  #lookUp({ target: control, detail: { value, resolve, reject } }, locate) {
    const { origin } = locate(control);
    const ids = { block_id: blockIdOf(control), action_id: control.dataset.actionId };
    this.api.options({ as: this.workspace.acting, ...origin, ...ids, value }).then(resolve, reject);
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

  async #send(control, element, { root, blocks, origin }, answer) {
    if (element.confirm && !(await confirmAction(element.confirm, this.workspace))) return;
    const ids = { block_id: blockIdOf(control), action_id: element.action_id };
    const values = readValues(root, blocks);
    control.setAttribute("aria-busy", "true");
    try {
      await this.api.action({ as: this.workspace.acting, ...origin, ...ids, ...answer, values });
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
