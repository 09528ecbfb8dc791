/** The side bar: workspace, channels, direct messages, apps, and whom one acts as. */

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { channelIcon, icon } from "./icons.js";
import { formatRoute } from "./route.js";
import { openMenu } from "./floating/popover.js";

/** Draws itself anew when the workspace says that something it shows has changed. */
export class Sidebar {
  /**
   * @param {import("./state.js").Workspace} workspace
   * @param {{onGo: () => void}} options `onGo`: after a channel was chosen.
   */
  constructor(workspace, { onGo }) {
    this.workspace = workspace;
    this.brand = h("header", { class: "brand" });
    this.places = h("nav", {
      class: "places",
      "aria-label": "Channels and conversations",
      on: { click: onGo },
    });
    this.connection = h("p", { class: "connection", role: "status", "data-test": "connection" });
    this.me = this.#drawPicker();
    this.element = h(
      "aside",
      { class: "sidebar", "data-test": "sidebar" },
      this.brand,
      this.places,
      this.connection,
      this.me,
    );
    for (const name of ["loaded", "acting", "place", "unread"])
      workspace.addEventListener(name, () => this.#draw());
    workspace.addEventListener("connection", () => this.#drawConnection());
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
    );
    const visible = workspace.visibleChannels;
    const isAppChat = (channel) => channel.kind === "im" && workspace.hasApp(channel.id);
    const chats = visible.filter((channel) => workspace.isConversation(channel) && !isAppChat(channel));
    this.places.replaceChildren(
      ...this.#group(
        "Channels",
        visible.filter((channel) => !workspace.isConversation(channel)),
      ),
      ...this.#group("Direct messages", chats),
      ...this.#group("Apps", visible.filter(isAppChat)),
    );
    const person = workspace.person(workspace.acting);
    const words = h(
      "span",
      { class: "me-words" },
      h("small", {}, "You act as"),
      h("strong", {}, person.name),
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

  #drawPlace(channel) {
    const { workspace } = this;
    const unread = workspace.unread(channel.id);
    const name = workspace.isConversation(channel) ? workspace.conversationName(channel) : channel.name;
    return h(
      "a",
      {
        href: formatRoute(channel.id, null),
        class: unread ? "place has-unread" : "place",
        "data-channel": channel.id,
        "aria-current": channel.id === workspace.channel ? "page" : null,
      },
      channelIcon(channel),
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
    const items = this.workspace.humans.map(({ id }) => {
      const person = this.workspace.person(id);
      const words = h(
        "span",
        { class: "menu-words" },
        h("strong", {}, person.name),
        h("small", {}, person.title),
      );
      const label = [avatar(person, "small"), words, h("span", { class: "menu-check" }, icon("check"))];
      return { label, value: id, checked: id === this.workspace.acting, test: `act-as-${id}` };
    });
    openMenu(this.me, {
      label: "Act as",
      items,
      className: "popover-people",
      onChoose: (id) => this.workspace.actAs(id),
    });
  }
}
