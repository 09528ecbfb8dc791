/** What happens in the workspace, as the event stream tells it, and where it shows on the page. */

/** Hands each event to the part of the page that it concerns. */
export class Happenings {
  #ownPosts = new Set();
  #seq = 0;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.workspace = app.workspace;
  }

  /**
   * Whether a snapshot is of another sandbox than the one this page knew: its count of events began anew.
   * @param {number} seq
   */
  isAnother(seq) {
    const another = seq < this.#seq;
    this.#seq = seq;
    if (another) this.#ownPosts.clear();
    return another;
  }

  /** @param {{kind: string, seq?: number}} event As the stream carries it. */
  receive(event) {
    this.#seq = event.seq ?? this.#seq;
    const mine = event.user === this.workspace.acting;
    const handlers = {
      message: () => this.#arrived(event),
      message_changed: () => this.#changed(event),
      message_deleted: () => this.#deleted(event),
      ephemeral: () => this.#whispered(event),
      view: () => mine && this.app.modal.show(event.view),
      home: () => mine && this.app.channelPane.home.draw(event.view),
      channel: () => this.#channelChanged(event.channel),
      inspector: () => this.app.inspector.add(event.entry),
      faults: () => this.app.inspector.faultsChanged(),
      connection: () => this.workspace.setBotConnected(event.bot_connected),
      reset: () => this.app.startAnew(),
    };
    handlers[event.kind]?.();
  }

  #arrived({ channel, message }) {
    const mine = message.user === this.workspace.acting;
    if (mine && !message.thread_ts) this.#ownPosts.add(`${channel}/${message.ts}`);
    this.workspace.noteArrival(channel, message);
    if (channel !== this.workspace.channel) return;
    this.app.channelPane.receive(message);
    this.app.threadPane.receive(message);
    this.#revealAnswer(channel, message);
  }

  #whispered({ channel, user, message }) {
    this.workspace.noteEphemeral(channel, user);
    if (user !== this.workspace.acting || channel !== this.workspace.channel) return;
    this.app.channelPane.receive(ephemeral(message));
    this.app.threadPane.receive(ephemeral(message));
  }

  #channelChanged(channel) {
    this.workspace.setChannel(channel);
    if (channel.id !== this.workspace.channel) return;
    if (channel.members.includes(this.workspace.acting)) this.app.channelPane.drawHead();
    else this.workspace.go(this.workspace.home);
  }

  /** The bot's first answer to one's own post opens its thread, unless another is open. */
  #revealAnswer(channel, message) {
    const isAnswer = message.thread_ts && this.workspace.author(message).is_bot;
    const fresh = isAnswer && this.#ownPosts.delete(`${channel}/${message.thread_ts}`);
    if (fresh && this.workspace.thread === null) this.workspace.go(channel, message.thread_ts);
  }

  #changed({ channel, message }) {
    if (channel !== this.workspace.channel) return;
    this.app.channelPane.update(message);
    this.app.threadPane.update(message);
  }

  #deleted({ channel, ts }) {
    if (channel !== this.workspace.channel) return;
    this.app.channelPane.remove(ts);
    this.app.threadPane.remove(ts);
  }

  /** The acting person posted this; the stream will tell it too, perhaps later. */
  posted(message) {
    const { channel } = this.workspace;
    this.receive({ kind: "message", channel, message });
    const pane = message.thread_ts ? this.app.threadPane : this.app.channelPane;
    pane.list.scrollToEnd();
  }
}

function ephemeral(message) {
  return { ...message, is_ephemeral: true };
}
