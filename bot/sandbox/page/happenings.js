/** What happens in the workspace, as the event stream tells it, and where it shows on the page. */

/** How long events are handled in one go before the page may draw and listen to its user, in milliseconds. */
const SLICE_MS = 12;

/** Hands each event to the part of the page that it concerns, in order. */
export class Happenings {
  #ownPosts = new Set();
  #seq = 0;
  #queue = [];
  #draining = false;
  #entries = [];

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
    if (another) this.forget();
    return another;
  }

  /** Forget what was of a workspace that is no more. */
  forget() {
    this.#ownPosts.clear();
    this.#entries = [];
  }

  /** @param {{kind: string, seq?: number}} event As the stream carries it. */
  receive(event) {
    this.#seq = event.seq ?? this.#seq;
    this.#queue.push(event);
    // The stream hands over what came together in one task, however much it is.
    if (!this.#draining) this.#drain();
  }

  #drain() {
    const end = performance.now() + SLICE_MS;
    while (this.#queue.length && performance.now() < end) this.#handle(this.#queue.shift());
    this.#draining = this.#queue.length > 0;
    if (this.#draining) setTimeout(() => this.#drain());
  }

  #handle(event) {
    const mine = event.user === this.workspace.acting;
    const handlers = {
      message: () => this.#arrived(event),
      message_changed: () => this.#changed(event),
      message_deleted: () => this.#deleted(event),
      ephemeral: () => this.#whispered(event),
      view: () => mine && this.app.modal.show(event.view),
      home: () => mine && this.app.channelPane.home.draw(event.view),
      channel: () => this.#channelChanged(event.channel),
      inspector: () => this.#inspected(event.entry),
      faults: () => this.app.inspector.faultsChanged(),
      connection: () => this.workspace.setBotConnected(event.bot_connected),
      reset: () => this.app.startAnew(),
    };
    handlers[event.kind]?.();
  }

  /** Entries go on together: each asks where the list ends, for which the browser lays the page out. */
  #inspected(entry) {
    // Nobody watched when it was written down; the inspector catches up by itself.
    if (!entry) return;
    this.#entries.push(entry);
    if (this.#entries.length === 1) setTimeout(() => this.#handEntriesOn());
  }

  #handEntriesOn() {
    for (const entry of this.#entries.splice(0)) this.app.inspector.add(entry);
  }

  #arrived({ channel, message }) {
    const mine = message.user === this.workspace.acting;
    if (mine && !message.thread_ts) this.#ownPosts.add(`${channel}/${message.ts}`);
    this.workspace.noteArrival(channel, message);
    if (channel !== this.workspace.channel) return;
    this.#show(message);
    this.#revealAnswer(channel, message);
  }

  #show(message) {
    this.app.channelPane.receive(message);
    this.app.threadPane.receive(message);
  }

  #whispered({ channel, user, message }) {
    this.workspace.noteEphemeral(channel, user);
    if (user !== this.workspace.acting || channel !== this.workspace.channel) return;
    this.#show({ ...message, is_ephemeral: true });
  }

  #channelChanged(channel) {
    this.workspace.setChannel(channel);
    if (channel.id !== this.workspace.channel) return;
    if (!channel.members.includes(this.workspace.acting)) {
      this.workspace.go(this.workspace.home);
      return;
    }
    this.app.channelPane.drawHead();
    this.app.channelPane.changed();
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
    if (message.channel && message.channel !== this.workspace.channel) return;
    this.#ownPosts.add(`${this.workspace.channel}/${message.ts}`);
    this.#show(message);
    const pane = message.thread_ts ? this.app.threadPane : this.app.channelPane;
    pane.list.scrollToEnd();
  }
}
