/** The sandbox page: makes the parts, joins them, and follows what happens. */

import { Actions } from "./blocks/actions.js";
import { ControlApi } from "./api.js";
import { ChannelPane } from "./messages/channel-pane.js";
import { h } from "./dom.js";
import { guardWindow } from "./writing/drop.js";
import { EMPTY_DRAFT, postForm } from "./writing/draft.js";
import { EventStream } from "./events.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector/inspector.js";
import { ModalHost } from "./floating/modal.js";
import { formatRoute, parseRoute } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { Workspace } from "./state.js";
import { currentTheme, toggleTheme } from "./theme.js";
import { ThreadPane } from "./messages/thread-pane.js";
import { Toasts } from "./floating/toast.js";
import { fromSample } from "./writing/tray.js";

/**
 * @typedef {Object} Services What the panes are given.
 * @property {Workspace} workspace
 * @property {ControlApi} api
 * @property {Actions} actions
 * @property {Toasts} toasts
 * @property {App} navigation
 * @property {(message: Object) => void} onPosted
 * @property {(sample: Object) => Promise<void>} postSample
 */

/** The whole page. */
export class App {
  #shown = { channel: "", thread: null, acting: "" };
  #ownPosts = new Set();
  #seq = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.api = new ControlApi();
    this.workspace = new Workspace();
    this.toasts = new Toasts();
    const { api, workspace, toasts } = this;
    const onProblem = (words) => toasts.show(words);
    this.actions = new Actions({ workspace, api, onProblem });
    this.modal = new ModalHost({ workspace, api, actions: this.actions });
    this.inspector = new Inspector({ api, onToggle: (open) => root.classList.toggle("has-inspector", open) });
    this.sidebar = new Sidebar(workspace, { onGo: () => this.showSidebar(false) });
    const services = {
      ...{ workspace, api, actions: this.actions, toasts, navigation: this },
      onPosted: (message) => this.#posted(message),
      postSample: (sample) => this.#postSample(sample),
    };
    this.channelPane = new ChannelPane(services, [this.inspector.button, themeButton()]);
    this.threadPane = new ThreadPane(services);
    const scrim = h("div", { class: "scrim", on: { click: () => this.showSidebar(false) } });
    root.append(
      this.sidebar.element,
      scrim,
      this.channelPane.element,
      this.inspector.element,
      toasts.element,
    );
  }

  /** Begin. */
  start() {
    guardWindow();
    this.workspace.addEventListener("place", () => this.#showPlace());
    this.workspace.addEventListener("acting", () => this.#showPerson());
    addEventListener("hashchange", () => this.#followHash());
    addEventListener("keydown", (event) => this.#key(event));
    new EventStream("/_control/events", {
      onEvent: (event) => this.#receive(event),
      onOpen: (again) => this.#opened(again),
      onLost: () => this.workspace.setReachable(false),
    }).start();
  }

  /** Open the thread of a message in the open channel. */
  openThread(ts) {
    this.workspace.go(this.workspace.channel, ts);
    // On a touch screen the caret would bring the keyboard over what was just opened.
    if (matchMedia("(hover: hover)").matches) this.threadPane.composer.focus();
  }

  /** Close the thread. */
  closeThread() {
    this.workspace.go(this.workspace.channel, null);
    if (matchMedia("(hover: hover)").matches) this.channelPane.composer.focus();
  }

  /** Put the address of a message's thread on the clipboard. */
  async copyLink(ts) {
    const thread = this.workspace.thread ?? ts;
    await navigator.clipboard.writeText(
      new URL(formatRoute(this.workspace.channel, thread), location.href).href,
    );
    this.toasts.show("Link copied", "note");
  }

  /** On a phone the side bar slides in and out. */
  showSidebar(open) {
    this.root.classList.toggle("has-sidebar", open);
  }

  async #opened(again) {
    try {
      const snapshot = await this.api.state();
      this.workspace.load(snapshot);
      this.workspace.setReachable(true);
      if (again) this.#reloadPanes();
      else this.#settle();
      await this.#catchUpInspector(snapshot);
      this.modal.show((await this.api.view(this.workspace.acting)).view);
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  async #catchUpInspector(snapshot) {
    // A smaller sequence number means another sandbox than the one this page knew.
    if (snapshot.seq < this.#seq) this.inspector.reset();
    this.#seq = snapshot.seq;
    await this.inspector.catchUp();
  }

  /** The first place and person: from the address, else the first ones. */
  #settle() {
    const wanted = new URLSearchParams(location.search).get("as");
    const { humans } = this.workspace;
    this.workspace.actAs((humans.find(({ id }) => id === wanted) ?? humans[0])?.id ?? "");
    this.#followHash();
  }

  #followHash() {
    const { channel, thread } = parseRoute(location.hash);
    const known = this.workspace.visibleChannels.some(({ id }) => id === channel);
    if (known) {
      this.workspace.go(channel, thread);
      return;
    }
    this.workspace.go(this.workspace.home);
    history.replaceState(null, "", formatRoute(this.workspace.channel, this.workspace.thread));
  }

  #showPlace() {
    const { channel, thread, acting } = this.workspace;
    const before = this.#shown;
    this.#shown = { channel, thread, acting };
    if (location.hash !== formatRoute(channel, thread))
      history.pushState(null, "", formatRoute(channel, thread));
    document.title = `${this.workspace.channelLabel(channel)} · ${this.workspace.team.name}`;
    if (channel !== before.channel) this.channelPane.show({ fresh: true });
    const moved = thread !== before.thread || channel !== before.channel;
    if (moved) this.#showThread();
  }

  #showThread() {
    const { thread } = this.workspace;
    this.root.classList.toggle("has-thread", thread !== null);
    if (thread === null) {
      this.threadPane.element.remove();
      return;
    }
    this.channelPane.element.after(this.threadPane.element);
    this.threadPane.show({ fresh: true });
  }

  async #showPerson() {
    const address = new URL(location.href);
    address.searchParams.set("as", this.workspace.acting);
    history.replaceState(null, "", address);
    if (!this.#shown.channel) return;
    this.#reloadPanes();
    this.modal.show(null);
    this.modal.show((await this.api.view(this.workspace.acting)).view);
  }

  #reloadPanes() {
    this.channelPane.show({ fresh: false });
    if (this.workspace.thread !== null) this.threadPane.show({ fresh: false });
  }

  #receive(event) {
    this.#seq = event.seq ?? this.#seq;
    const handlers = {
      message: () => this.#arrived(event),
      message_changed: () => this.#changed(event),
      message_deleted: () => this.#deleted(event),
      ephemeral: () =>
        event.user === this.workspace.acting &&
        this.#arrived({ ...event, message: ephemeral(event.message) }),
      view: () => event.user === this.workspace.acting && this.modal.show(event.view),
      inspector: () => this.inspector.add(event.entry),
      connection: () => this.workspace.setBotConnected(event.bot_connected),
    };
    handlers[event.kind]?.();
  }

  #arrived({ channel, message }) {
    const mine = message.user === this.workspace.acting;
    if (mine && !message.thread_ts) this.#ownPosts.add(`${channel}/${message.ts}`);
    if (channel !== this.workspace.channel) {
      const visible = this.workspace.visibleChannels.some(({ id }) => id === channel);
      if (visible && !mine) this.workspace.addUnread(channel);
      return;
    }
    this.channelPane.receive(message);
    this.threadPane.receive(message);
    this.#revealAnswer(channel, message);
  }

  /** The bot's first answer to one's own post opens its thread, unless another is open. */
  #revealAnswer(channel, message) {
    const isAnswer = message.thread_ts && this.workspace.author(message).is_bot;
    const fresh = isAnswer && this.#ownPosts.delete(`${channel}/${message.thread_ts}`);
    if (fresh && this.workspace.thread === null) this.workspace.go(channel, message.thread_ts);
  }

  #changed({ channel, message }) {
    if (channel !== this.workspace.channel) return;
    this.channelPane.update(message);
    this.threadPane.update(message);
  }

  #deleted({ channel, ts }) {
    if (channel !== this.workspace.channel) return;
    this.channelPane.remove(ts);
    this.threadPane.remove(ts);
  }

  #posted(message) {
    const { channel } = this.workspace;
    this.#receive({ kind: "message", channel, message });
    const pane = message.thread_ts ? this.threadPane : this.channelPane;
    pane.list.scrollToEnd();
  }

  async #postSample(sample) {
    const draft = { ...EMPTY_DRAFT, attachments: [fromSample(sample)] };
    const place = { channel: this.workspace.channel, thread: null };
    try {
      const { message } = await this.api.post(postForm(draft, place, this.workspace.acting));
      this.#posted(message);
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  #key(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (document.querySelector("dialog[open], :popover-open:not(.toasts)")) return;
    if (this.root.classList.contains("has-sidebar")) this.showSidebar(false);
    else if (this.inspector.element.contains(document.activeElement)) this.inspector.toggle(false);
    else if (this.workspace.thread !== null) this.closeThread();
  }
}

function ephemeral(message) {
  return { ...message, is_ephemeral: true };
}

function themeButton() {
  const show = () => {
    const next = currentTheme() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Use the ${next} theme`);
    button.title = `Use the ${next} theme`;
    button.replaceChildren(icon(next === "dark" ? "moon" : "sun"));
  };
  const button = h("button", { type: "button", class: "icon-button", "data-test": "theme" });
  button.addEventListener("click", () => {
    toggleTheme();
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return button;
}
