/** What the channel pane and the thread pane share: messages, composer, drops, loading. */

import { Composer } from "../writing/composer.js";
import { h } from "../dom.js";
import { acceptDrops } from "../writing/drop.js";
import { MessageList } from "./message-list.js";

/** Messages with a composer below. Subclasses say which messages, and what stands at the top. */
export class Conversation {
  #loading = null;
  #waiting = [];

  /**
   * @param {import("../app.js").Services} services
   * @param {{view: "channel"|"thread", label: string, test: string, dropLabel: () => string}} options
   */
  constructor(services, { view, label, test, dropLabel }) {
    this.services = services;
    this.workspace = services.workspace;
    const { workspace, api, actions, toasts, navigation } = services;
    this.list = new MessageList({
      workspace,
      view,
      label,
      onOpenThread: (ts) => navigation.openThread(ts),
      onCopyLink: (ts) => navigation.copyLink(ts),
    });
    this.composer = new Composer({
      workspace,
      api,
      inThread: view === "thread",
      onPosted: (message) => services.onPosted(message),
      onProblem: (words) => toasts.show(words),
    });
    this.head = h("header", { class: "pane-head" });
    const dock = h("div", { class: "dock" }, this.composer.element);
    this.element = h(
      view === "channel" ? "main" : "aside",
      { class: `pane ${view}-pane`, "aria-label": label, "data-test": test },
      this.head,
      this.list.element,
      dock,
    );
    acceptDrops(this.element, { label: dropLabel, onFiles: (files) => this.composer.addFiles(files) });
    actions.watch(this.list.body, (control) => this.#locate(control));
  }

  /**
   * Read the messages. What arrives meanwhile is applied after, so an older answer never hides a newer change.
   * @param {{channel: string, thread: string|null, fresh: boolean}} place `fresh`: another place than before.
   */
  async load({ channel, thread, fresh }) {
    if (fresh) this.list.clear();
    const loading = { channel, thread };
    this.#loading = loading;
    this.#waiting = [];
    try {
      const query = { channel, as: this.workspace.acting, thread_ts: thread ?? undefined };
      const { messages } = await this.services.api.messages(query);
      if (this.#loading !== loading) return;
      this.list.replace(messages);
    } catch (error) {
      this.services.toasts.show(error.message);
    }
    if (this.#loading !== loading) return;
    this.#loading = null;
    for (const change of this.#waiting) change();
    if (fresh) this.list.scrollToEnd();
    this.changed();
  }

  /** Put a message in, or change it. */
  upsert(message) {
    this.#apply(() => this.list.upsert(message));
  }

  /** Change a message that is shown. */
  update(message) {
    this.#apply(() => this.list.find(message.ts) && this.list.upsert(message));
  }

  /** Take a message out. */
  remove(ts) {
    this.#apply(() => this.list.remove(ts));
  }

  /** Called when the messages shown have changed. */
  changed() {}

  #apply(change) {
    if (this.#loading) {
      this.#waiting.push(change);
      return;
    }
    change();
    this.changed();
  }

  #locate(control) {
    const message = this.list.find(control.closest("[data-message-ts]").dataset.messageTs);
    const attached = (message.attachments ?? []).flatMap((attachment) => attachment.blocks ?? []);
    return {
      blocks: [...(message.blocks ?? []), ...attached],
      origin: { channel: this.workspace.channel, message_ts: message.ts },
    };
  }
}
