/** The sandbox page: makes the parts, joins them, and follows what happens. */

import { Actions } from "./blocks/actions.js";
import { ControlApi } from "./api.js";
import { ChannelPane } from "./messages/channel-pane.js";
import { h } from "./dom.js";
import { Happenings } from "./happenings.js";
import { guardWindow } from "./writing/drop.js";
import { EMPTY_DRAFT, postForm } from "./writing/draft.js";
import { EventStream } from "./events.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector/inspector.js";
import { ModalHost } from "./floating/modal.js";
import { listenToKeys, openKeys } from "./keys.js";
import { formatRoute, parseRoute } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { Workspace } from "./state.js";
import { currentTheme, toggleTheme } from "./theme.js";
import { ThreadPane } from "./messages/thread-pane.js";
import { openSwitcher } from "./floating/switcher.js";
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
  #shown = { channel: "", thread: null, tab: "messages" };

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
    const onToggle = (open) => root.classList.toggle("has-inspector", open);
    this.inspector = new Inspector({ api, workspace, toasts, onToggle });
    this.sidebar = new Sidebar(workspace, {
      onGo: () => this.showSidebar(false),
      onSwitch: () => this.#switchChannel(),
      onKeys: openKeys,
      onOpenApp: () => this.openConversation(workspace.app.bot_user_id),
    });
    const services = {
      ...{ workspace, api, actions: this.actions, toasts, navigation: this },
      onPosted: (message) => this.happenings.posted(message),
      postSample: (sample) => this.#postSample(sample),
    };
    this.channelPane = new ChannelPane(services, [this.inspector.button, themeButton()]);
    this.threadPane = new ThreadPane(services);
    this.happenings = new Happenings(this);
    const scrim = h("div", { class: "scrim", on: { click: () => this.showSidebar(false) } });
    root.replaceChildren(
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
    listenToKeys({
      switchChannel: () => this.#switchChannel(),
      step: (by) => this.#step(by),
      actAs: (index) => this.workspace.humans[index] && this.workspace.actAs(this.workspace.humans[index].id),
      nextPart: (by) => this.#nextPart(by),
      escape: () => this.#escape(),
    });
    new EventStream("/_control/events", {
      onEvent: (event) => this.happenings.receive(event),
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

  /** Open the inspector with the entries of the open thread. */
  inspectThread() {
    this.inspector.inspectThread(this.workspace.channel, this.workspace.thread);
  }

  /** Close the thread. */
  closeThread() {
    this.workspace.go(this.workspace.channel, null);
    if (matchMedia("(hover: hover)").matches) this.channelPane.composer.focus();
  }

  /** Open a channel, or a tab of the app. */
  open(channel, tab = "messages") {
    this.workspace.go(channel, null, tab);
    this.showSidebar(false);
  }

  /** Open the conversation with somebody, which begins if there was none. */
  async openConversation(person) {
    try {
      const { channel } = await this.api.openConversation(this.workspace.acting, [person]);
      this.workspace.setChannel(channel);
      this.open(channel.id, person === this.workspace.app.bot_user_id ? "home" : "messages");
    } catch (error) {
      this.toasts.show(error.message);
    }
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
      await this.modal.load();
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  async #catchUpInspector(snapshot) {
    if (this.happenings.isAnother(snapshot.seq)) this.inspector.reset();
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
    const { channel, thread, tab } = parseRoute(location.hash);
    const known = this.workspace.visibleChannels.some(({ id }) => id === channel);
    if (known) this.workspace.go(channel, thread, tab);
    else this.workspace.go(this.workspace.home);
    history.replaceState(null, "", this.#route());
  }

  #route() {
    const { channel, thread, tab } = this.workspace;
    return formatRoute(channel, thread, tab);
  }

  #showPlace() {
    const { channel, thread, tab } = this.workspace;
    const before = this.#shown;
    this.#shown = { channel, thread, tab };
    if (location.hash !== this.#route()) history.pushState(null, "", this.#route());
    document.title = `${this.workspace.channelLabel(channel)} · ${this.workspace.team.name}`;
    if (channel !== before.channel || tab !== before.tab) this.channelPane.show({ fresh: true });
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
    try {
      await this.modal.load();
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  #reloadPanes() {
    this.channelPane.show({ fresh: false });
    if (this.workspace.thread !== null) this.threadPane.show({ fresh: false });
  }

  /** The workspace began anew, or became another: everything is read afresh. */
  async startAnew() {
    this.happenings.forget();
    this.inspector.reset();
    this.modal.show(null);
    this.workspace.forgetUnread();
    this.#shown = { channel: "", thread: null, tab: "messages" };
    try {
      this.workspace.load(await this.api.state());
      this.workspace.leave();
      if (!this.workspace.people.has(this.workspace.acting))
        this.workspace.actAs(this.workspace.humans[0].id);
      this.#followHash();
      await this.inspector.catchUp();
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  async #postSample(sample) {
    const draft = { ...EMPTY_DRAFT, attachments: [fromSample(sample)] };
    const place = { channel: this.workspace.channel, thread: null };
    try {
      const { message } = await this.api.post(postForm(draft, place, this.workspace.acting));
      this.happenings.posted(message);
    } catch (error) {
      this.toasts.show(error.message);
    }
  }

  #switchChannel() {
    openSwitcher({
      workspace: this.workspace,
      onGo: ({ channel, tab, person }) => (person ? this.openConversation(person) : this.open(channel, tab)),
    });
  }

  /** To the next or previous channel of the side bar. */
  #step(by) {
    const places = this.sidebar.order;
    const at = places.indexOf(this.workspace.channel);
    this.open(places[(at + by + places.length) % places.length]);
  }

  /** The focus goes round: side bar, messages, writing, and the same of the thread. */
  #nextPart(by) {
    const panes = this.workspace.thread ? [this.channelPane, this.threadPane] : [this.channelPane];
    const parts = [this.sidebar.current, ...panes.flatMap((pane) => pane.parts)].filter(isShown);
    const at = parts.findIndex((part) => part.contains(document.activeElement));
    parts[(at + by + parts.length) % parts.length]?.focus();
  }

  #escape() {
    if (this.root.classList.contains("has-sidebar")) this.showSidebar(false);
    else if (this.inspector.element.contains(document.activeElement)) this.inspector.toggle(false);
    else if (this.workspace.thread !== null) this.closeThread();
  }
}

function isShown(element) {
  return element?.checkVisibility() ?? false;
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
