/** The Home tab of the app: the view that it published for the acting person. */

import { drawBlocks } from "../blocks/blocks.js";
import { replaceBroken } from "../blocks/images.js";
import { h } from "../dom.js";
import { zoomClicked } from "../floating/lightbox.js";
import { icon } from "../icons.js";
import { morph } from "../morph.js";

/** Draws the view, changes it in place when the app publishes another, and sends what is pressed in it. */
export class HomeView {
  #view = null;
  #turn = 0;
  #body = h("div");

  /** @param {import("../app.js").Services} services */
  constructor({ workspace, api, actions, toasts }) {
    Object.assign(this, { workspace, api, toasts });
    this.element = h(
      "div",
      { class: "home-view", tabindex: "0", role: "tabpanel", "aria-label": "Home", "data-test": "home" },
      this.#body,
    );
    this.element.addEventListener("click", zoomClicked);
    this.element.addEventListener("error", replaceBroken, true);
    actions.watch(this.element, () => ({
      root: this.element,
      blocks: this.#view?.blocks ?? [],
      origin: { view_id: this.#view?.id },
    }));
  }

  /**
   * The acting person opens the app: it hears of that, and, for its Home, what it published is shown.
   * @param {"home"|"messages"} tab
   */
  async open(tab) {
    const person = this.workspace.acting;
    try {
      if (tab === "home") await this.#show(person);
      await this.api.openHome(person, tab);
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  /** What was published meanwhile is newer than the answer. */
  async #show(person) {
    const turn = ++this.#turn;
    const { view } = await this.api.home(person);
    if (turn === this.#turn) this.draw(view);
  }

  /** @param {Object|null} view Slack's view object, or null where the app has published none. */
  draw(view) {
    this.#turn += 1;
    this.#view = view;
    const surface = { workspace: this.workspace, id: view?.id ?? "home" };
    const drawn = view
      ? h("div", { class: "home-blocks blocks", "data-key": view.id }, ...drawBlocks(view.blocks, surface))
      : this.#drawEmpty();
    this.#body = morph(this.#body, drawn);
  }

  #drawEmpty() {
    const { name } = this.workspace.app;
    const words = this.workspace.botConnected
      ? `${name} was told that you opened it. What it has for you appears here by itself.`
      : `${name} is not connected to the sandbox. Start it, and what it has for you appears here.`;
    return h(
      "div",
      { class: "home-empty", "data-key": "empty" },
      h("span", { class: "intro-mark" }, icon("home")),
      h("h2", {}, "Nothing here yet"),
      h("p", {}, words),
    );
  }
}
