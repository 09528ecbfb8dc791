/** The side bar: workspace, channels, direct messages, apps, and whom one acts as. */

import { avatar, standingBadge } from "./avatar.js";
import { h } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { formatRoute } from "./route.js";
import { MOD } from "./keys.js";
import { openMenu } from "./floating/popover.js";

/** Draws itself anew when the workspace says that something it shows has changed. */
export class Sidebar {
  /**
   * @param {import("./state.js").Workspace} workspace
   * @param {{onGo: () => void, onSwitch: () => void, onKeys: () => void, onOpenApp: () => void}} options `onGo`:
   *   after a channel was chosen; `onOpenApp`: the app, with which this person has no conversation yet.
   */
  constructor(workspace, options) {
    this.workspace = workspace;
    this.options = options;
    this.brand = h("header", { class: "brand" });
    this.places = h("nav", {
      class: "places",
      "aria-label": "Channels and conversations",
      on: { click: options.onGo },
    });
    this.connection = h("p", { class: "connection", role: "status", "data-test": "connection" });
    this.me = this.#drawPicker();
    const goTo = {
      type: "button",
      class: "go-to",
      "data-test": "open-switcher",
      on: { click: options.onSwitch },
    };
    this.element = h(
      "aside",
      { class: "sidebar", "data-test": "sidebar" },
      this.brand,
      h(
        "button",
        goTo,
        icon("search"),
        h("span", {}, "Go to…"),
        h("kbd", { "aria-hidden": "true" }, `${MOD} K`),
      ),
      this.places,
      this.connection,
      this.me,
    );
    for (const name of ["loaded", "acting", "place", "unread"])
      workspace.addEventListener(name, () => this.#draw());
    workspace.addEventListener("connection", () => this.#drawConnection());
  }

  /** @returns {string[]} The channels from top to bottom. */
  get order() {
    return [...this.places.querySelectorAll("[data-channel]")].map((place) => place.dataset.channel);
  }

  /** @returns {HTMLElement|null} The place that is open. */
  get current() {
    return this.places.querySelector("[aria-current]") ?? this.places.querySelector("a, button");
  }

  #drawPicker() {
    const props = {
      type: "button",
      class: "me",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-test": "act-as",
    };
    return h("button", { ...props, on: { click: () => this.#pickPerson() } });
  }

  #draw() {
    const { workspace } = this;
    this.brand.replaceChildren(
      h("span", { class: "brand-mark", "aria-hidden": "true" }, workspace.team.name.slice(0, 1)),
      h(
        "span",
        { class: "brand-name" },
        h("strong", {}, workspace.team.name),
        h("small", {}, "Local sandbox"),
      ),
      this.#drawTool("keys", "Keys (?)", "open-keys", this.options.onKeys),
    );
    const visible = workspace.visibleChannels;
    const chats = visible.filter(
      (channel) => workspace.isConversation(channel) && !workspace.isAppChat(channel.id),
    );
    this.places.replaceChildren(
      ...this.#group(
        "Channels",
        visible.filter((channel) => !workspace.isConversation(channel)),
      ),
      ...this.#group("Direct messages", chats),
      h("h2", {}, "Apps"),
      h("ul", {}, h("li", {}, this.#drawApp())),
    );
    const person = workspace.person(workspace.acting);
    const words = h(
      "span",
      { class: "me-words" },
      h("small", {}, "You act as"),
      h("strong", {}, person.name, standingBadge(person)),
    );
    this.me.replaceChildren(avatar(person), words, icon("down"));
  }

  #group(title, channels) {
    if (!channels.length) return [];
    return [
      h("h2", {}, title),
      h("ul", {}, ...channels.map((channel) => h("li", {}, this.#drawPlace(channel)))),
    ];
  }

  #drawTool(iconName, label, test, act) {
    const props = {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      "data-test": test,
    };
    return h("button", { ...props, on: { click: act } }, icon(iconName));
  }

  /** The app: its Home where it has one, unless something new waits in its messages. */
  #drawApp() {
    const { workspace } = this;
    const chat = workspace.appChat;
    if (chat) {
      const tab = workspace.app.home_tab && !workspace.unread(chat.id) ? "home" : "messages";
      return this.#drawPlace(chat, avatar(workspace.person(workspace.app.bot_user_id), "small"), tab);
    }
    const props = { type: "button", class: "place", "data-test": "open-app" };
    return h(
      "button",
      { ...props, on: { click: this.options.onOpenApp } },
      avatar(workspace.person(workspace.app.bot_user_id), "small"),
      h("span", { class: "place-name" }, workspace.app.name),
    );
  }

  #drawMark(channel) {
    if (channel.kind !== "im") return channelIcon(channel);
    const other = channel.members.find((id) => id !== this.workspace.acting);
    return other ? avatar(this.workspace.person(other), "small") : channelIcon(channel);
  }

  #drawPlace(channel, mark = this.#drawMark(channel), tab = "messages") {
    const { workspace } = this;
    const unread = workspace.unread(channel.id);
    const name = workspace.isConversation(channel) ? workspace.conversationName(channel) : channel.name;
    return h(
      "a",
      {
        href: formatRoute(channel.id, null, tab),
        class: unread ? "place has-unread" : "place",
        "data-channel": channel.id,
        "aria-current": channel.id === workspace.channel ? "page" : null,
      },
      mark,
      h("span", { class: "place-name" }, name),
      unread > 0 && h("span", { class: "unread", "aria-label": `${unread} new` }, String(unread)),
    );
  }

  #drawConnection() {
    const { reachable, botConnected, app } = this.workspace;
    const [state, words] = !reachable
      ? ["lost", "Sandbox not reachable, trying again…"]
      : botConnected
        ? ["good", `${app.name} is connected`]
        : ["waiting", `${app.name} is not connected`];
    this.connection.dataset.state = state;
    this.connection.replaceChildren(h("span", { class: "dot", "aria-hidden": "true" }), words);
  }

  #pickPerson() {
    const items = this.workspace.humans.map(({ id }, index) => ({
      label: this.#drawPerson(this.workspace.person(id)),
      value: id,
      checked: id === this.workspace.acting,
      hint: `Alt ${index + 1}`,
      test: `act-as-${id}`,
    }));
    openMenu(this.me, {
      label: "Act as",
      items,
      className: "popover-people",
      onChoose: (id) => this.workspace.actAs(id),
    });
  }

  #drawPerson(person) {
    const unread = person.id === this.workspace.acting ? 0 : this.workspace.unreadOf(person.id);
    const words = h(
      "span",
      { class: "menu-words" },
      h("strong", {}, person.name, standingBadge(person)),
      h("small", {}, unread ? `${person.title} · ${unread} new` : person.title),
    );
    return [avatar(person, "small"), words, h("span", { class: "menu-check" }, icon("check"))];
  }
}
