/** The open thread, beside its channel. */

import { Conversation } from "./conversation.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { inThreadView } from "./where.js";

/** A post, its replies, and a composer that can also send to the channel. */
export class ThreadPane extends Conversation {
  /** @param {import("../app.js").Services} services */
  constructor(services) {
    super(services, {
      view: "thread",
      label: "Thread",
      test: "thread-pane",
      dropLabel: () => "Add to this thread",
    });
    const close = {
      type: "button",
      class: "icon-button",
      "aria-label": "Close thread",
      title: "Close (Esc)",
      "data-test": "close-thread",
    };
    const inspect = {
      type: "button",
      class: "icon-button",
      "aria-label": "Inspect this thread",
      title: "Inspect this thread",
      "data-test": "inspect-thread",
    };
    this.where = h("p", { class: "topic" });
    this.head.append(
      h("div", { class: "pane-title" }, h("h2", {}, "Thread"), this.where),
      h("button", { ...inspect, on: { click: () => services.navigation.inspectThread() } }, icon("inspector")),
      h("button", { ...close, on: { click: () => services.navigation.closeThread() } }, icon("close")),
    );
  }

  /** Show the thread that is open now; one that is not there (any more) is closed. */
  async show({ fresh }) {
    const { channel, thread } = this.workspace;
    this.element.dataset.threadTs = thread;
    this.where.textContent = this.workspace.channelLabel(channel);
    if (fresh) this.composer.show(channel, thread, "Reply…");
    await this.load({ channel, thread, fresh });
    const open = thread === this.workspace.thread && channel === this.workspace.channel;
    if (open && !this.list.messages.length) this.services.navigation.closeThread();
  }

  /** @param {Object} message A message that came in this channel. */
  receive(message) {
    if (inThreadView(message, this.workspace.thread)) this.upsert(message);
  }
}
