/** What the page knows of the workspace, who is acting, and where they are. */

/**
 * The workspace and the page's place in it. Events: `loaded` (people, channels…), `acting`, `place`
 * (channel or thread), `connection`, `unread`.
 */
export class Workspace extends EventTarget {
  team = { id: "", name: "", domain: "" };
  app = { name: "", bot_user_id: "", bot_id: "" };
  people = new Map();
  channels = new Map();
  samples = [];
  acting = "";
  channel = "";
  thread = null;
  botConnected = false;
  reachable = true;
  #unread = new Map();

  /** @param {Object} snapshot The answer of `GET /_control/state`. */
  load(snapshot) {
    this.team = snapshot.team;
    this.app = snapshot.app;
    this.people = new Map(snapshot.people.map((person) => [person.id, person]));
    this.channels = new Map(snapshot.channels.map((channel) => [channel.id, channel]));
    this.samples = snapshot.samples ?? [];
    this.botConnected = snapshot.bot_connected;
    this.#announce("loaded");
    this.#announce("connection");
  }

  /** The people one can act as. */
  get humans() {
    return [...this.people.values()].filter((person) => !person.is_bot);
  }

  /** The channels the acting person sees. */
  get visibleChannels() {
    return [...this.channels.values()].filter((channel) => this.#sees(channel));
  }

  /** The channel to open when none is named: the one the app is for. */
  get home() {
    const channels = this.visibleChannels;
    return (channels.find((channel) => channel.name === "mascots") ?? channels[0])?.id ?? "";
  }

  /**
   * @param {string} id A user id.
   * @returns {{id: string, name: string, color: string, is_bot: boolean, title: string}} `name` is for display.
   */
  person(id) {
    const known = this.people.get(id);
    const isApp = id === this.app.bot_user_id;
    const name = known?.real_name || known?.name || (isApp ? this.app.name : id || "Someone");
    const color = /^#?[0-9a-f]{6}$/i.test(known?.color ?? "")
      ? `#${known.color.replace("#", "")}`
      : "#7a817d";
    return { id, name, color, is_bot: known?.is_bot ?? isApp, title: known?.title ?? "" };
  }

  /**
   * @param {Object} message
   * @returns {ReturnType<Workspace["person"]>} Who posted it; a message of a bot may name no user.
   */
  author(message) {
    const person = this.person(
      message.user ?? (message.bot_id === this.app.bot_id ? this.app.bot_user_id : ""),
    );
    return {
      ...person,
      is_bot: person.is_bot || Boolean(message.bot_id),
      name: message.username ?? person.name,
    };
  }

  /**
   * @param {string} id
   * @returns {string} Such as `#mascots`, or the name of the other one in a direct message.
   */
  channelLabel(id) {
    const channel = this.channels.get(id);
    if (!channel) return "#unknown";
    return this.isConversation(channel) ? this.conversationName(channel) : `#${channel.name}`;
  }

  /** Whether it is a direct or group message rather than a channel. */
  isConversation(channel) {
    return channel.kind === "im" || channel.kind === "mpim";
  }

  /** The names of the others in a direct message. */
  conversationName(channel) {
    const others = channel.members.filter((id) => id !== this.acting).map((id) => this.person(id).name);
    return others.join(", ") || channel.name;
  }

  /** Whether the app is a member. */
  hasApp(channelId) {
    return this.channels.get(channelId)?.members.includes(this.app.bot_user_id) ?? false;
  }

  /** Act as another person; leaves a channel that the person does not see. */
  actAs(id) {
    if (id === this.acting) return;
    this.acting = id;
    this.#announce("acting");
    const homeless = this.channel && !this.visibleChannels.some((channel) => channel.id === this.channel);
    if (homeless) this.go(this.home);
  }

  /** Open a channel and, beside it, a thread. */
  go(channel, thread = null) {
    if (channel === this.channel && thread === this.thread) return;
    this.channel = channel;
    this.thread = thread;
    this.#unread.delete(channel);
    this.#announce("place");
    this.#announce("unread");
  }

  /** How many messages came in a channel since it was last open. */
  unread(channelId) {
    return this.#unread.get(channelId) ?? 0;
  }

  /** Note a message that the acting person has not seen. */
  addUnread(channelId) {
    this.#unread.set(channelId, this.unread(channelId) + 1);
    this.#announce("unread");
  }

  /** @param {boolean} connected Whether the bot holds a connection to the sandbox. */
  setBotConnected(connected) {
    this.botConnected = connected;
    this.#announce("connection");
  }

  /** @param {boolean} reachable Whether this page holds its connection to the sandbox. */
  setReachable(reachable) {
    this.reachable = reachable;
    this.#announce("connection");
  }

  #sees(channel) {
    return channel.user === this.acting || channel.members.includes(this.acting);
  }

  #announce(name) {
    this.dispatchEvent(new Event(name));
  }
}

/**
 * Whether a message belongs in the channel's own view (and not only in a thread).
 * @param {Object} message
 * @returns {boolean}
 */
export function inChannelView(message) {
  return !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
}

/**
 * Whether a message belongs in the view of a thread.
 * @param {Object} message
 * @param {string|null} threadTs
 * @returns {boolean}
 */
export function inThreadView(message, threadTs) {
  return threadTs !== null && (message.ts === threadTs || message.thread_ts === threadTs);
}
