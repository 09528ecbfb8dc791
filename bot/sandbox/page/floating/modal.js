/** The acting person's top modal. */

import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/blocks.js";
import { h } from "../dom.js";
import { checkValues, readValues } from "../blocks/element-values.js";
import { icon } from "../icons.js";
import { zoomClicked } from "./lightbox.js";
import { morph } from "../morph.js";
import { plainText } from "../text/richtext.js";

const COUNTER_FROM = 0.8;

/** Shows Slack's view object as a dialog, and sends what is filled in. */
export class ModalHost {
  #view = null;
  #dialog = null;
  #forms = new Map();
  #turn = 0;

  /**
   * @param {{workspace: import("../state.js").Workspace, api: import("../api.js").ControlApi,
   *   actions: import("../blocks/actions.js").Actions}} options
   */
  constructor({ workspace, api, actions }) {
    this.workspace = workspace;
    this.api = api;
    this.actions = actions;
  }

  /**
   * Show this view, or none. A view shown before is changed in place, so what was typed stays,
   * also under a view pushed on top of it.
   * @param {Object|null} view
   */
  show(view) {
    this.#turn += 1;
    this.#view = view;
    if (view === null) this.#end();
    else this.#present(view);
  }

  /** Show the view that the acting person has open; what is shown before the answer is there is newer. */
  async load() {
    const turn = ++this.#turn;
    const { view } = await this.api.view(this.workspace.acting);
    if (turn === this.#turn) this.show(view);
  }

  #end() {
    this.#dialog?.remove();
    this.#dialog = null;
    this.#forms.clear();
  }

  #present(view) {
    const known = this.#forms.get(view.id);
    const form = known ? morph(known, this.#draw(view)) : this.#draw(view);
    this.#forms.set(view.id, form);
    this.#dialog ??= this.#open();
    this.#dialog.dataset.viewId = view.id;
    this.#dialog.setAttribute("aria-label", plainText(view.title));
    if (form.parentElement === this.#dialog) return;
    this.#dialog.replaceChildren(form);
    firstField(form)?.focus();
  }

  #open() {
    const dialog = h("dialog", { class: "dialog", "data-test": "modal" });
    this.#listen(dialog);
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  }

  #draw(view) {
    const pushed = Boolean(view.previous_view_id);
    const surface = { workspace: this.workspace, id: view.id };
    const back = { type: "button", class: "icon-button", "aria-label": "Back", "data-close": "" };
    const close = {
      type: "button",
      class: "icon-button",
      "aria-label": "Close",
      "data-close": "",
      "data-test": "modal-x",
    };
    const cancel = { type: "button", class: "button", "data-close": "", "data-test": "modal-close" };
    const submit = { type: "submit", class: "button button-primary", "data-test": "modal-submit" };
    return h(
      "form",
      { class: "dialog-form", novalidate: true },
      h(
        "header",
        { class: "dialog-head" },
        pushed
          ? h("button", back, icon("back"))
          : avatar(this.workspace.person(this.workspace.app.bot_user_id), "small"),
        h("h2", {}, plainText(view.title)),
        h("button", close, icon("close")),
      ),
      h("div", { class: "dialog-body blocks" }, ...drawBlocks(view.blocks, surface)),
      h(
        "footer",
        { class: "dialog-foot" },
        h("p", { class: "dialog-problem", role: "alert", "data-test": "modal-problem" }),
        h("button", cancel, plainText(view.close) || (view.submit ? "Cancel" : "Close")),
        view.submit && h("button", submit, h("span", { class: "button-label" }, plainText(view.submit))),
      ),
    );
  }

  #listen(dialog) {
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    // Escape asks the bot first, as the close button does; the browser would just close.
    dialog.addEventListener("cancel", (event) => {
      if (event.target !== dialog) return;
      event.preventDefault();
      this.#close();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target.closest("[data-close]")) this.#close();
      zoomClicked(event);
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) this.#submit();
      if (event.key !== "Escape" || dialog.querySelector(":popover-open")) return;
      event.preventDefault();
      this.#close();
    });
    dialog.addEventListener("input", (event) => noteInput(event.target));
    this.actions.watch(dialog, (control) => this.#locate(control));
  }

  /** Inputs speak up at submission only, unless they ask for more. */
  #locate(control) {
    const blockId = control.closest("[data-block-id]")?.dataset.blockId;
    const block = this.#view.blocks.find((candidate) => candidate.block_id === blockId);
    const silent = block?.type === "input" && !block.dispatch_action;
    return { root: this.#dialog, blocks: this.#view.blocks, origin: { view_id: this.#view.id }, silent };
  }

  async #submit() {
    const view = this.#view;
    if (!view.submit || this.#busy) return;
    const wrong = checkValues(this.#dialog, view.blocks);
    this.#showErrors(wrong);
    if (Object.keys(wrong).length) return;
    const values = readValues(this.#dialog, view.blocks);
    await this.#wait(async () => {
      const answer = await this.api.submitView(this.workspace.acting, view.id, values);
      if (answer.ok) this.show(answer.view ?? null);
      else this.#showErrors(answer.errors ?? {});
    });
  }

  async #close() {
    if (this.#busy) return;
    await this.#wait(async () => {
      const answer = await this.api.closeView(this.workspace.acting, this.#view.id);
      this.show(answer.view ?? null);
    });
  }

  get #busy() {
    return this.#dialog.getAttribute("aria-busy") === "true";
  }

  /** Run a call while the dialog shows that it waits; a failed call is told in the dialog. */
  async #wait(call) {
    const dialog = this.#dialog;
    const problem = dialog.querySelector(".dialog-problem");
    dialog.setAttribute("aria-busy", "true");
    problem.textContent = "";
    try {
      await call();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      dialog.removeAttribute("aria-busy");
    }
  }

  /** @param {Object<string, string>} errors Words by block id; fields not named are cleared. */
  #showErrors(errors) {
    for (const block of this.#dialog.querySelectorAll(".block-input")) {
      const words = errors[block.dataset.blockId] ?? "";
      block.querySelector(".field-error").textContent = words;
      block.querySelector("[data-element]")?.setAttribute("aria-invalid", String(Boolean(words)));
    }
    const first = this.#dialog.querySelector('[aria-invalid="true"]');
    (first?.matches("div") ? first.querySelector("input") : first)?.focus({ preventScroll: true });
    first?.closest(".block").scrollIntoView({ block: "nearest" });
  }
}

function firstField(form) {
  const fields = "input:not([type=hidden], [type=file]), textarea, select";
  return form.querySelector("[data-autofocus]") ?? form.querySelector(fields);
}

/** Take back the complaint about a field being changed, and count its characters near the end. */
function noteInput(field) {
  const block = field.closest(".block-input");
  if (!block) return;
  block.querySelector(".field-error").textContent = "";
  block.querySelector("[data-element]")?.removeAttribute("aria-invalid");
  const counter = block.querySelector("[data-counter]");
  const near = counter && field.value.length >= field.maxLength * COUNTER_FROM;
  if (counter) counter.textContent = near ? `${field.value.length} / ${field.maxLength}` : "";
}
