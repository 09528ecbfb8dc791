/** The open channel. */

import { avatar } from "../avatar.js";
import { Conversation } from "./conversation.js";
import { h } from "../dom.js";
import { channelIcon, icon } from "../icons.js";
import { drawInvitation } from "../writing/samples.js";
import { inChannelView } from "../state.js";

const FACES_SHOWN = 4;

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
  }

  /** Show the channel that is open now. */
  show({ fresh }) {
    const { channel } = this.workspace;
    this.drawHead();
    if (fresh) this.composer.show(channel, null, `Message ${this.workspace.channelLabel(channel)}`);
    return this.load({ channel, thread: null, fresh });
  }

  /** Name, topic and members. */
  drawHead() {
    const channel = this.workspace.channels.get(this.workspace.channel);
    if (!channel) return;
    const members = channel.members.map((id) => this.workspace.person(id));
    const names = members.map((member) => member.name).join(", ");
    this.title.replaceChildren(
      h(
        "h1",
        {},
        channelIcon(channel),
        h("span", {}, this.workspace.channelLabel(channel.id).replace(/^#/, "")),
      ),
      h("p", { class: "topic", title: channel.topic }, channel.topic ?? ""),
    );
    const faces = members.slice(0, FACES_SHOWN).map((member) => avatar(member, "small"));
    const count = h("span", { class: "members-count" }, String(members.length));
    this.title.append(
      h(
        "span",
        { class: "members", title: names, "aria-label": `Members: ${names}`, role: "img" },
        ...faces,
        count,
      ),
    );
    this.#drawIntro(channel);
  }

  /** @param {Object} message A message that came in this channel. */
  receive(message) {
    if (inChannelView(message)) this.upsert(message);
  }

  changed() {
    const wanted =
      this.workspace.hasApp(this.workspace.channel) &&
      !this.list.messages.some((message) => message.files?.length);
    if (!wanted) this.list.outro.replaceChildren();
    else if (!this.list.outro.childElementCount) this.list.outro.append(this.#drawInvitation());
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
