/** The messages of a channel or thread, kept up to date one at a time. */

import { h } from "../dom.js";
import { zoomClicked } from "../floating/lightbox.js";
import { Follower } from "./follower.js";
import { replaceBroken } from "../blocks/images.js";
import { drawMessage } from "./message.js";
import { morph } from "../morph.js";
import { dayName, sameDay } from "../text/time.js";

const GROUP_SECONDS = 300;
const LONG_LIST = 50;
/** How many messages a list keeps while one reads its end; and how many it forgets at a time, for the page's sake. */
const KEPT = 300;
const FORGOTTEN_AT_ONCE = 20;

/** Kinds of message that show their author even after another of theirs. */
const STANDS_ALONE = new Set(["thread_broadcast", "tombstone", "channel_join", "channel_leave"]);

/** What a key does to the message in focus; the words are those of `deeds.js`. */
const KEYS = {
  t: "reply",
  Enter: "reply",
  r: "react",
  f: "forward",
  m: "more",
  l: "copy-link",
  e: "edit",
  Delete: "delete",
};

/**
 * @typedef {Object} ListHandlers
 * @property {(ts: string) => void} onOpenThread
 * @property {(deed: {deed: string}, message: Object, anchor: HTMLElement) => void} onDeed
 * @property {(message: Object, name: string, on: boolean) => void} onReact
 * @property {(message: Object, text: string) => void} onEdit
 * @property {() => void} onOlder The reader is near the oldest message shown.
 * @property {() => void} onLeave Escape: back to writing.
 */

/**
 * A scrolling list of messages in order of their `ts`. Putting a message in touches that message, and the day
 * divider and grouping of its neighbour; the rest of the list stays as it is.
 */
export class MessageList {
  #items = [];
  #context;
  #handlers;
  #follower;

  /**
   * @param {{workspace: import("../state.js").Workspace, view: "channel"|"thread", label: string}} place
   * @param {ListHandlers} handlers
   */
  constructor({ workspace, view, label }, handlers) {
    this.#context = { workspace, view, editing: null };
    this.#handlers = handlers;
    this.intro = h("div", { class: "list-intro" });
    this.older = h("p", { class: "list-older", role: "status", hidden: true }, "Loading older messages…");
    this.opening = h("div", { class: "list-opening" });
    this.outro = h("div", { class: "list-outro" });
    this.body = h(
      "div",
      { class: "list-body", role: "log", "aria-label": label, "aria-live": "polite" },
      this.opening,
      this.outro,
    );
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", role: "group", "aria-label": label },
      this.intro,
      this.older,
      this.body,
    );
    this.#follower = new Follower(this.scroller, this.body, {
      newest: () => this.#items.at(-1)?.element,
      onNearTop: () => this.#handlers.onOlder(),
    });
    this.element = h("div", { class: "message-list" }, this.scroller, this.#follower.button);
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
    this.#context.editing = null;
    this.body.classList.remove("is-long");
    this.#follower.forget();
  }

  /** Put a message in its place, or change it there. */
  upsert(message) {
    if (this.#put(message)) this.#follower.note();
  }

  /** Put older messages above; what is in sight stays where it is. */
  addOlder(messages) {
    const anchor = this.#items.find(({ element }) => isInSight(element, this.scroller))?.element;
    const before = anchor?.getBoundingClientRect().top ?? 0;
    // Where the browser keeps the place itself, it would be moved twice.
    this.scroller.classList.add("is-growing");
    for (const message of [...messages].reverse()) this.#put(message);
    if (anchor) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    requestAnimationFrame(() => this.scroller.classList.remove("is-growing"));
  }

  /** Forget the oldest of a list that grew long while one reads its end. Returns whether any were. */
  trim() {
    const surplus = Math.min(this.#items.length - KEPT, FORGOTTEN_AT_ONCE);
    if (surplus <= 0 || !this.#follower.isFollowing) return false;
    for (const item of this.#items.splice(0, surplus)) this.#detach(item);
    this.#relate(0);
    this.#follower.shrunk();
    return true;
  }

  /** Change the words of a message in its place, or, with null, of none. */
  edit(ts) {
    const { editing } = this.#context;
    this.#context.editing = ts;
    for (const each of [editing, ts]) if (each && this.find(each)) this.#put(this.find(each));
    const element = this.#element(ts ?? editing);
    // An editor is higher than the words: the list must not run to its end and away from it.
    this.#follower.rest();
    const field = element?.querySelector("[data-test=edit-input]");
    field?.setSelectionRange(field.value.length, field.value.length);
    (field ?? element)?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  }

  /** Give the focus to the newest message. */
  focusLast() {
    (this.#items.at(-1)?.element ?? this.scroller).focus();
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
    this.#follower.goToEnd();
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

  /** Where a timestamp is or belongs. */
  #position(ts) {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(this.#items[middle].message.ts) < Number(ts)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #element(ts) {
    return this.#items.find((item) => item.message.ts === ts)?.element;
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
    const plain = [before, message].every((one) => !one.is_ephemeral && !STANDS_ALONE.has(one.subtype));
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
    this.body.addEventListener("submit", (event) => this.#submit(event));
    this.body.addEventListener("error", replaceBroken, true);
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
  }

  #messageAt(node) {
    return this.find(node.closest("[data-message-ts]").dataset.messageTs);
  }

  #click(event) {
    zoomClicked(event);
    const { target } = event;
    const thread = target.closest("[data-open-thread]");
    if (thread) this.#handlers.onOpenThread(thread.dataset.openThread);
    const deed = target.closest("[data-deed]");
    if (deed) this.#handlers.onDeed({ deed: deed.dataset.deed }, this.#messageAt(deed), deed);
    const reaction = target.closest("[data-reaction]");
    if (!reaction) return;
    const on = reaction.getAttribute("aria-pressed") !== "true";
    this.#handlers.onReact(this.#messageAt(reaction), reaction.dataset.reaction, on);
  }

  #submit(event) {
    if (!event.target.matches("[data-editor]")) return;
    event.preventDefault();
    this.#handlers.onEdit(this.#messageAt(event.target), event.target.elements.text.value);
  }

  /** Keys on a message, on the list, and in the editor of a message. */
  #key(event) {
    if (event.target.matches("[data-test=edit-input]")) this.#editorKey(event);
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const at = this.#items.findIndex((item) => item.element === event.target);
    if (at < 0 && event.target !== this.scroller) return;
    const act = this.#move(event.key, at) ?? this.#act(event.key, this.#items[at]);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #move(key, at) {
    const last = this.#items.length - 1;
    const target = {
      ArrowUp: at < 0 ? last : Math.max(at - 1, 0),
      ArrowDown: at < 0 ? last : Math.min(at + 1, last),
      Home: 0,
      End: last,
    }[key];
    if (target !== undefined) return () => this.#items[target]?.element.focus();
    return key === "Escape" ? () => this.#handlers.onLeave() : null;
  }

  #act(key, item) {
    const deed = KEYS[key];
    if (!deed || !item) return null;
    const anchor = item.element.querySelector("[data-deed=more]") ?? item.element;
    return () => this.#handlers.onDeed({ deed }, item.message, anchor);
  }

  #editorKey(event) {
    const send = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (!send && event.key !== "Escape") return;
    event.preventDefault();
    if (send) event.target.form.requestSubmit();
    else this.edit(null);
  }
}

function isInSight(element, scroller) {
  return element.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top;
}
