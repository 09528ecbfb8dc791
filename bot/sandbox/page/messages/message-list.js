/** The messages of a channel or thread, kept up to date one at a time. */

import { h } from "../dom.js";
import { zoomClicked } from "../floating/lightbox.js";
import { icon } from "../icons.js";
import { replaceBroken } from "../blocks/images.js";
import { drawMessage } from "./message.js";
import { morph } from "../morph.js";
import { dayName, sameDay } from "../text/time.js";

const GROUP_SECONDS = 300;
const NEAR_BOTTOM_PX = 80;
const LONG_LIST = 150;

/**
 * A scrolling list of messages in order of their `ts`. Putting a message in touches that message, and the day
 * divider and grouping of its neighbour; the rest of the list stays as it is.
 */
export class MessageList {
  #items = [];
  #context;
  #onOpenThread;
  #stuck = true;

  /**
   * @param {{workspace: import("../state.js").Workspace, view: "channel"|"thread", label: string,
   *   onOpenThread: (ts: string) => void, onCopyLink: (ts: string) => void}} options
   */
  constructor({ workspace, view, label, onOpenThread, onCopyLink }) {
    this.#context = { workspace, view };
    this.#onOpenThread = onOpenThread;
    this.onCopyLink = onCopyLink;
    this.intro = h("div", { class: "list-intro" });
    this.outro = h("div", { class: "list-outro" });
    this.body = h(
      "div",
      { class: "list-body", role: "log", "aria-label": label, "aria-live": "polite" },
      this.outro,
    );
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", role: "group", "aria-label": label },
      this.intro,
      this.body,
    );
    this.newer = h("button", { type: "button", class: "newer", hidden: true }, icon("down"), "New messages");
    this.element = h("div", { class: "message-list" }, this.scroller, this.newer);
    this.#listen();
  }

  /** @returns {Object[]} The messages shown, oldest first. */
  get messages() {
    return this.#items.map((item) => item.message);
  }

  /** @returns {Object|undefined} The message with this timestamp. */
  find(ts) {
    return this.#items.find((item) => item.message.ts === ts)?.message;
  }

  /** Show these messages instead of what is there; messages that stay are changed in place. */
  replace(messages) {
    const wanted = new Set(messages.map((message) => message.ts));
    for (const { message } of [...this.#items]) if (!wanted.has(message.ts)) this.remove(message.ts);
    for (const message of messages) this.#put(message);
  }

  /** Forget everything, to show another channel or thread. */
  clear() {
    for (const item of this.#items) this.#detach(item);
    this.#items = [];
    this.body.classList.remove("is-long");
    this.#stuck = true;
    this.newer.hidden = true;
  }

  /** Put a message in its place, or change it there. */
  upsert(message) {
    const isNew = this.#put(message);
    if (isNew && !this.#stuck) this.newer.hidden = false;
  }

  /** Take a message out. */
  remove(ts) {
    const at = this.#items.findIndex((item) => item.message.ts === ts);
    if (at < 0) return;
    this.#detach(this.#items[at]);
    this.#items.splice(at, 1);
    this.#relate(at);
  }

  /** Go to the newest message. */
  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#stuck = true;
    this.newer.hidden = true;
  }

  #put(message) {
    const at = this.#position(message.ts);
    const known = this.#items[at];
    if (known?.message.ts === message.ts) {
      known.message = message;
      known.element = morph(known.element, drawMessage(message, this.#context));
      this.#relate(at);
      return false;
    }
    const element = drawMessage(message, this.#context);
    this.body.insertBefore(element, known ? (known.divider ?? known.element) : this.outro);
    this.#items.splice(at, 0, { message, element, divider: null });
    this.#relate(at);
    this.#relate(at + 1);
    this.body.classList.toggle("is-long", this.#items.length > LONG_LIST);
    return true;
  }

  /** Where a timestamp is or belongs; from the end, because most messages are new. */
  #position(ts) {
    let at = this.#items.length;
    while (at > 0 && Number(this.#items[at - 1].message.ts) >= Number(ts)) at -= 1;
    return at;
  }

  /** Set what an item shows because of the one before it. */
  #relate(at) {
    const item = this.#items[at];
    if (!item) return;
    const before = this.#items[at - 1]?.message;
    item.element.classList.toggle("is-continued", Boolean(before) && this.#continues(before, item.message));
    const label = this.#dividerLabel(before, item.message);
    if (label === item.divider?.textContent) return;
    item.divider?.remove();
    item.divider = label && h("div", { class: "divider", role: "separator" }, h("span", {}, label));
    if (item.divider) item.element.before(item.divider);
  }

  #continues(before, message) {
    const { workspace } = this.#context;
    const close = Number(message.ts) - Number(before.ts) < GROUP_SECONDS && sameDay(before.ts, message.ts);
    const sameAuthor = workspace.author(before).id === workspace.author(message).id;
    const plain = [before, message].every((one) => !one.is_ephemeral && one.subtype !== "thread_broadcast");
    return close && sameAuthor && plain && !this.#isThreadStart(before);
  }

  #dividerLabel(before, message) {
    if (this.#context.view === "channel")
      return !before || !sameDay(before.ts, message.ts) ? dayName(message.ts) : null;
    return before && this.#isThreadStart(before) ? "Replies" : null;
  }

  #isThreadStart(message) {
    return this.#context.view === "thread" && message === this.#items[0]?.message;
  }

  #detach({ element, divider }) {
    element.remove();
    divider?.remove();
  }

  #listen() {
    this.body.addEventListener("click", (event) => this.#click(event));
    this.body.addEventListener("error", replaceBroken, true);
    this.newer.addEventListener("click", () => this.scrollToEnd());
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Content that grows (a new message, a card that fills in) keeps the newest in sight.
    new ResizeObserver(() => this.#stuck && this.scrollToEnd()).observe(this.body);
    new ResizeObserver(() => this.#stuck && this.scrollToEnd()).observe(this.scroller);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#stuck = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.#stuck) this.newer.hidden = true;
  }

  #click(event) {
    zoomClicked(event);
    const thread = event.target.closest("[data-open-thread]");
    if (thread) this.#onOpenThread(thread.dataset.openThread);
    if (event.target.closest("[data-copy-link]")) {
      this.onCopyLink(event.target.closest("[data-message-ts]").dataset.messageTs);
    }
  }

  /** Arrow keys go from message to message; `t` opens the thread of the one in focus. */
  #key(event) {
    const at = this.#items.findIndex((item) => item.element === event.target);
    if (at < 0 && event.target !== this.scroller) return;
    const last = this.#items.length - 1;
    const act = {
      ArrowUp: () => this.#items[at < 0 ? last : Math.max(at - 1, 0)]?.element.focus(),
      ArrowDown: () => this.#items[at < 0 ? last : Math.min(at + 1, last)]?.element.focus(),
      t: () => event.target.querySelector("[data-open-thread]")?.click(),
    }[event.key];
    if (!act || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    act();
  }
}
