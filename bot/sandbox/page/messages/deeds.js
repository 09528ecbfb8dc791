/** What people do with a message: react, reply, forward, copy its link, edit, delete, dismiss, use a shortcut. */

import { confirmAction } from "../floating/confirm.js";
import { openMenu } from "../floating/popover.js";
import { openReactionPicker } from "../floating/reaction-picker.js";
import { excerpt } from "../text/typed.js";
import { openForward } from "./forward.js";
import { menuItems } from "./toolbar.js";

/** Carries out deeds (by their name, as in `data-deed`) in one pane. */
export class Deeds {
  /**
   * @param {import("../app.js").Services} services
   * @param {{view: "channel"|"thread", list: import("./message-list.js").MessageList}} pane
   */
  constructor(services, { view, list }) {
    this.services = services;
    this.workspace = services.workspace;
    this.view = view;
    this.list = list;
  }

  /**
   * @param {{deed: string, callbackId?: string}} deed `callbackId` names a shortcut of the app.
   * @param {Object} message
   * @param {HTMLElement} anchor Where menus and pickers open.
   */
  run({ deed, callbackId }, message, anchor) {
    const { navigation } = this.services;
    const act = {
      react: () => openReactionPicker(anchor, (name) => this.react(message, name, true)),
      reply: () => navigation.openThread(message.thread_ts ?? message.ts),
      forward: () => openForward(message, this.services),
      "copy-link": () => navigation.copyLink(message.thread_ts ?? message.ts),
      more: () => this.#openMenu(message, anchor),
      edit: () => this.#isOwn(message) && this.list.edit(message.ts),
      "cancel-edit": () => this.list.edit(null),
      delete: () => this.#isOwn(message) && this.#delete(message),
      dismiss: () => this.#call((api, place) => api.dismiss({ ...place, ts: message.ts })),
      shortcut: () => this.#useShortcut(callbackId, message),
    }[deed];
    if (!this.#offers(deed, message)) return;
    act();
  }

  /** Add one's reaction to a message, or take it away. */
  react(message, name, on) {
    this.#call((api, place) => api.react({ ...place, ts: message.ts, name, on }));
  }

  /** Change the words of a message; no words at all mean that it should go, which is asked first. */
  async edit(message, text) {
    if (!text.trim() && !message.files?.length) {
      this.#delete(message);
      return;
    }
    const saved = await this.#call((api, place) => api.edit({ ...place, ts: message.ts, text: text.trim() }));
    if (saved) this.list.edit(null);
  }

  /** What only one person sees can only be dismissed, and what is gone only be replied to. */
  #offers(deed, message) {
    if (message.is_ephemeral) return deed === "dismiss";
    return message.subtype !== "tombstone" || deed === "reply";
  }

  #isOwn(message) {
    const own = message.user === this.workspace.acting && !message.bot_id;
    if (!own) this.services.toasts.show("Only its author can change or delete a message.");
    return own;
  }

  #openMenu(message, anchor) {
    openMenu(anchor, {
      label: "Message actions",
      items: menuItems(message, { view: this.view, workspace: this.workspace }),
      onChoose: (deed) => this.run(deed, message, anchor),
    });
  }

  async #delete(message) {
    const words = excerpt(message, this.workspace) || "This message";
    const sure = await confirmAction(
      {
        title: { type: "plain_text", text: "Delete this message?" },
        text: { type: "plain_text", text: `“${words}”\n\nIt cannot be brought back.` },
        confirm: { type: "plain_text", text: "Delete" },
        deny: { type: "plain_text", text: "Keep it" },
        style: "danger",
      },
      this.workspace,
    );
    if (sure) this.#call((api, place) => api.remove({ ...place, ts: message.ts }));
  }

  #useShortcut(callbackId, message) {
    this.#call((api, { as, channel }) =>
      api.shortcut({ as, callback_id: callbackId, channel, message_ts: message.ts }),
    );
  }

  /** Ask the sandbox; a refusal is told as a notice. @returns {Promise<boolean>} Whether it worked out. */
  async #call(ask) {
    const { acting, channel } = this.workspace;
    try {
      await ask(this.services.api, { as: acting, channel });
      return true;
    } catch (error) {
      this.services.toasts.show(error.message);
      return false;
    }
  }
}
