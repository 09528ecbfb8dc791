/** What the channel pane and the thread pane share: messages, composer, drops, loading. */

import { Composer } from "../writing/composer.js";
import { h } from "../dom.js";
import { Deeds } from "./deeds.js";
import { acceptDrops } from "../writing/drop.js";
import { MessageList } from "./message-list.js";

/** How many messages one call asks for. */
const PAGE = 100;
const MOST = 1000;

/** Messages with a composer below. Subclasses say which messages, and what stands at the top. */
export class Conversation {
  #loading = null;
  #waiting = [];
  #more = false;
  #paged = false;
  #loadingOlder = false;

  /**
   * @param {import("../app.js").Services} services
   * @param {{view: "channel"|"thread", label: string, test: string, dropLabel: () => string}} options
   */
  constructor(services, { view, label, test, dropLabel }) {
    this.services = services;
    this.workspace = services.workspace;
    const { workspace, api, actions, toasts, navigation } = services;
    this.list = new MessageList(
      { workspace, view, label },
      {
        onOpenThread: (ts) => navigation.openThread(ts),
        onDeed: (deed, message, anchor) => this.deeds.run(deed, message, anchor),
        onReact: (message, name, on) => this.deeds.react(message, name, on),
        onEdit: (message, text) => this.deeds.edit(message, text),
        onOlder: () => this.#loadOlder(),
        onLeave: () => this.composer.focus(),
      },
    );
    this.deeds = new Deeds(services, { view, list: this.list });
    this.composer = new Composer({
      workspace,
      api,
      inThread: view === "thread",
      onPosted: (message) => services.onPosted(message),
      onProblem: (words) => toasts.show(words),
      onEditLast: () => this.#editLast(),
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
      const { messages, has_more: more } = await this.services.api.messages(this.#query(channel, thread));
      if (this.#loading !== loading) return;
      this.#paged = more !== undefined;
      this.#setMore(Boolean(more));
      this.list.replace(messages);
    } catch (error) {
      this.services.toasts.show(error.message);
    }
    if (this.#loading !== loading) return;
    this.#loading = null;
    for (const change of this.#waiting) change();
    if (fresh) this.list.scrollToEnd();
    while (this.#trim());
    this.changed();
  }

  /** A thread is read whole; of a channel the newest, or as many as are shown already. */
  #query(channel, thread) {
    const as = this.workspace.acting;
    if (thread) return { channel, as, thread_ts: thread };
    return { channel, as, limit: Math.min(Math.max(PAGE, this.list.messages.length), MOST) };
  }

  /** @param {boolean} more Whether there are older messages than those shown. */
  #setMore(more) {
    this.#more = more;
    this.list.intro.hidden = more;
    this.list.older.hidden = !more;
  }

  async #loadOlder() {
    const [oldest] = this.list.messages;
    if (!this.#more || this.#loadingOlder || this.#loading || !oldest) return;
    this.#loadingOlder = true;
    const { acting, channel } = this.workspace;
    try {
      const query = { channel, as: acting, limit: PAGE, before: oldest.ts };
      const { messages, has_more: more } = await this.services.api.messages(query);
      if (channel !== this.workspace.channel || this.list.messages[0] !== oldest) return;
      this.#setMore(Boolean(more) && messages.length > 0);
      this.list.addOlder(messages);
    } catch (error) {
      this.services.toasts.show(error.message);
    } finally {
      this.#loadingOlder = false;
    }
  }

  #editLast() {
    const own = ({ user, bot_id: bot, subtype }) =>
      user === this.workspace.acting && !bot && subtype !== "tombstone";
    const last = this.list.messages.findLast(own);
    if (last) this.list.edit(last.ts);
  }

  /** @returns {boolean} Whether there are older messages than those shown. */
  get hasOlder() {
    return this.#more;
  }

  /** @returns {HTMLElement[]} What F6 goes to. */
  get parts() {
    return [this.list.scroller, this.composer.text];
  }

  /** Put a message in, or change it. */
  upsert(message) {
    this.#apply(() => this.#isInReach(message) && this.list.upsert(message));
  }

  /** A message older than the oldest shown comes with its page, when one scrolls up to it. */
  #isInReach(message) {
    const [oldest] = this.list.messages;
    return !this.#more || !oldest || Number(message.ts) >= Number(oldest.ts);
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
    this.#trim();
    this.changed();
  }

  /** Only what can be read again is forgotten. */
  #trim() {
    const trimmed = this.#paged && this.list.trim();
    if (trimmed) this.#setMore(true);
    return trimmed;
  }

  #locate(control) {
    const root = control.closest("[data-message-ts]");
    const message = this.list.find(root.dataset.messageTs);
    const attached = (message.attachments ?? []).flatMap((attachment) => attachment.blocks ?? []);
    return {
      root,
      blocks: [...(message.blocks ?? []), ...attached],
      origin: { channel: this.workspace.channel, message_ts: message.ts },
    };
  }
}
