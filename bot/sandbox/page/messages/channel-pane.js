/** The open channel. */

import { avatar } from "../avatar.js";
import { Conversation } from "./conversation.js";
import { h } from "../dom.js";
import { channelIcon, icon } from "../icons.js";
import { drawInvitation } from "../writing/samples.js";
import { inChannelView } from "./where.js";
import { HomeView } from "../home/home-view.js";
import { openMembers } from "./members.js";
import { formatRoute } from "../route.js";

const FACES_SHOWN = 4;
const SHARED = { class: "standing standing-outside", title: "People of another organisation are here too" };

/** Name and topic on top, the messages, the composer; an invitation where no image was posted yet. */
export class ChannelPane extends Conversation {
  #invitation = null;

  /**
   * @param {import("../app.js").Services} services
   * @param {HTMLElement[]} tools Buttons for the right end of the head.
   */
  constructor(services, tools) {
    const { workspace } = services;
    const label = () => workspace.channelLabel(workspace.channel);
    super(services, {
      view: "channel",
      label: "Channel",
      test: "channel-pane",
      dropLabel: () => `Share in ${label()}`,
    });
    this.tools = h("div", { class: "pane-tools" }, ...tools);
    this.title = h("div", { class: "pane-title" });
    const menu = {
      type: "button",
      class: "icon-button only-phone",
      "aria-label": "Channels",
      "data-test": "open-sidebar",
    };
    this.menu = h(
      "button",
      { ...menu, on: { click: () => services.navigation.showSidebar(true) } },
      icon("menu"),
    );
    this.head.append(this.menu, this.title, this.tools);
    this.tabs = h("nav", { class: "tabs", role: "tablist", "aria-label": "Masko", hidden: true });
    this.home = new HomeView(services);
    this.list.intro.append(h("p", { role: "status" }, "Loading…"));
    this.head.after(this.tabs, this.home.element);
  }

  /** Show the channel that is open now, or the Home of the app. */
  show({ fresh }) {
    const { channel, tab } = this.workspace;
    this.drawHead();
    this.#drawTabs();
    this.element.classList.toggle("is-home", tab === "home");
    this.home.element.hidden = tab !== "home";
    if (this.workspace.isAppChat(channel)) this.home.open(tab);
    if (fresh) this.composer.show(channel, null, `Message ${this.workspace.channelLabel(channel)}`);
    return this.load({ channel, thread: null, fresh });
  }

  /** The app's conversation has a Home beside its messages. */
  #drawTabs() {
    const { workspace } = this;
    const { channel } = workspace;
    this.tabs.hidden = !(workspace.app.home_tab && workspace.isAppChat(channel));
    this.element.classList.toggle("has-tabs", !this.tabs.hidden);
    this.tabs.setAttribute("aria-label", workspace.app.name);
    const tab = (name, words) =>
      h(
        "a",
        {
          href: formatRoute(channel, null, name),
          role: "tab",
          class: "tab",
          "aria-selected": String(workspace.tab === name),
          "data-test": `tab-${name}`,
        },
        words,
      );
    this.tabs.replaceChildren(tab("home", "Home"), tab("messages", "Messages"));
  }

  /** Name, topic and members. */
  drawHead() {
    const channel = this.workspace.channels.get(this.workspace.channel);
    if (!channel) return;
    this.title.replaceChildren(
      h(
        "h1",
        {},
        this.#drawMark(channel),
        h("span", {}, this.workspace.channelLabel(channel.id).replace(/^#/, "")),
      ),
      channel.is_ext_shared ? h("span", SHARED, "Shared") : "",
      h("p", { class: "topic", title: channel.topic }, channel.topic ?? ""),
      this.#drawMembers(channel),
    );
    this.#drawIntro(channel);
  }

  #drawMark(channel) {
    if (!this.workspace.isAppChat(channel.id)) return channelIcon(channel);
    return avatar(this.workspace.person(this.workspace.app.bot_user_id), "small");
  }

  #drawMembers(channel) {
    const members = channel.members.map((id) => this.workspace.person(id));
    const label = `${members.length} members`;
    const button = h(
      "button",
      {
        type: "button",
        class: "members",
        title: members.map((member) => member.name).join(", "),
        "aria-label": label,
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "data-test": "members",
      },
      ...members.slice(0, FACES_SHOWN).map((member) => avatar(member, "small")),
      h("span", { class: "members-count" }, String(members.length)),
    );
    button.addEventListener("click", () => openMembers(button, channel, this.services));
    return button;
  }

  /** @param {Object} message A message that came in this channel. */
  receive(message) {
    if (inChannelView(message)) this.upsert(message);
  }

  changed() {
    const standing = this.#standing();
    const { opening, outro } = this.list;
    if (outro.dataset.kind === standing) return;
    outro.dataset.kind = standing;
    // Before the messages: what is newest, such as the answer to a command, is beside the composer.
    opening.replaceChildren(standing === "invitation" ? this.#drawInvitation() : "");
    outro.replaceChildren(standing === "absence" ? this.#drawAbsence() : "");
  }

  /** What stands beside the messages: how to begin, or that the app does not hear what is said here. */
  #standing() {
    const { workspace } = this;
    const { messages } = this.list;
    const images = messages.some((message) => message.files?.length);
    if (workspace.hasApp(workspace.channel)) return images || this.hasOlder ? "" : "invitation";
    const channel = workspace.channels.get(workspace.channel);
    if (!channel || workspace.isConversation(channel)) return "";
    const meant = messages.some((message) => message.text?.includes(`<@${workspace.app.bot_user_id}>`));
    return images || meant || !messages.length ? "absence" : "";
  }

  #drawAbsence() {
    const { workspace, api, toasts } = this.services;
    const { name, bot_user_id: bot } = workspace.app;
    const invite = () =>
      api.join(workspace.acting, workspace.channel, bot).catch((error) => toasts.show(error.message));
    return h(
      "p",
      { class: "absence", "data-test": "absence" },
      h("span", {}, `${name} is not in this channel and hears nothing of it.`),
      h("button", { type: "button", class: "button", on: { click: invite } }, `Add ${name}`),
    );
  }

  #drawIntro(channel) {
    const conversation = this.workspace.isConversation(channel);
    const label = this.workspace.channelLabel(channel.id);
    const words = conversation
      ? `This is your conversation with ${label}.`
      : `This is the very beginning of ${label}.`;
    const mark = h("span", { class: "intro-mark" }, channelIcon(channel));
    this.list.intro.replaceChildren(mark, h("p", {}, h("strong", {}, label), words));
  }

  #drawInvitation() {
    return drawInvitation({
      samples: this.workspace.samples,
      appName: this.workspace.app.name,
      onPost: (sample) => this.services.postSample(sample),
      onBrowse: () => this.composer.browse(),
    });
  }
}
