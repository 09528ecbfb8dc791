/** What the page knows of the workspace, who is acting, and where they are. */

import { Unread } from "./unread.js";

/**
 * The workspace and the page's place in it. Events: `loaded` (people, channels…), `acting`, `place`
 * (channel, thread or tab), `connection`, `unread`.
 */
export class Workspace extends EventTarget {
  team = { id: "", name: "", domain: "" };
  app = { name: "", bot_user_id: "", bot_id: "", home_tab: false };
  people = new Map();
  channels = new Map();
  samples = [];
  commands = [];
  shortcuts = [];
  acting = "";
  channel = "";
  thread = null;
  /** @type {"messages"|"home"} Which tab of the app, where its conversation is open. */
  tab = "messages";
  botConnected = false;
  reachable = true;
  #unread = new Unread();

  /** @param {Object} snapshot The answer of `GET /_control/state`. */
  load(snapshot) {
    this.team = snapshot.team;
    this.app = snapshot.app;
    this.people = new Map(snapshot.people.map((person) => [person.id, person]));
    this.channels = new Map(snapshot.channels.map((channel) => [channel.id, channel]));
    this.samples = snapshot.samples ?? [];
    this.commands = snapshot.commands ?? [];
    this.shortcuts = snapshot.shortcuts ?? [];
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
   * @returns {{id: string, handle: string, name: string, color: string, is_bot: boolean, title: string,
   *   standing: "member"|"guest"|"outside"|"deactivated"}} `name` is for display, `handle` is what one types
   *   after an @.
   */
  person(id) {
    const known = this.people.get(id);
    const isApp = id === this.app.bot_user_id;
    const name = known?.real_name || known?.name || (isApp ? this.app.name : id || "Someone");
    const color = /^#?[0-9a-f]{6}$/i.test(known?.color ?? "")
      ? `#${known.color.replace("#", "")}`
      : "#7a817d";
    const outside = known?.team_id && known.team_id !== this.team.id;
    const inside = known?.is_restricted ? "guest" : "member";
    const standing = known?.deactivated ? "deactivated" : outside ? "outside" : inside;
    const handle = known?.name ?? "";
    return { id, handle, name, color, is_bot: known?.is_bot ?? isApp, title: known?.title ?? "", standing };
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

  /** The acting person's conversation with the app, which has its Home; undefined before there is one. */
  get appChat() {
    return this.visibleChannels.find((channel) => this.isAppChat(channel.id));
  }

  /** Whether a channel is a conversation with the app alone. */
  isAppChat(channelId) {
    const channel = this.channels.get(channelId);
    return channel?.kind === "im" && this.hasApp(channelId);
  }

  /** The names of the app's shortcuts of one kind. @param {"message"|"global"} type */
  shortcutsOf(type) {
    return this.shortcuts.filter((shortcut) => shortcut.type === type);
  }

  /** @param {Object} channel A new or changed channel. */
  setChannel(channel) {
    this.channels.set(channel.id, channel);
    this.#announce("loaded");
  }

  /** Whether the app is a member. */
  hasApp(channelId) {
    return this.channels.get(channelId)?.members.includes(this.app.bot_user_id) ?? false;
  }

  /** Act as another person; leaves a channel that the person does not see. */
  actAs(id) {
    if (id === this.acting) return;
    this.acting = id;
    const homeless = this.channel && !this.visibleChannels.some((channel) => channel.id === this.channel);
    this.#unread.read(id, this.channel);
    this.#announce("acting");
    this.#announce("unread");
    if (homeless) this.go(this.home);
  }

  /** Open a channel and, beside it, a thread; or the Home of the app. */
  go(channel, thread = null, tab = "messages") {
    if (channel === this.channel && thread === this.thread && tab === this.tab) return;
    const shown = tab === "home" && this.app.home_tab && this.isAppChat(channel) ? "home" : "messages";
    Object.assign(this, { channel, thread, tab: shown });
    this.#unread.read(this.acting, channel);
    this.#announce("place");
    this.#announce("unread");
  }

  /** Be nowhere, so that going anywhere is news. */
  leave() {
    Object.assign(this, { channel: "", thread: null, tab: "messages" });
  }

  /** How many messages came in a channel since the acting person last looked at it. */
  unread(channelId) {
    return this.#unread.count(this.acting, channelId);
  }

  /** How many messages wait for somebody, in all their channels. */
  unreadOf(person) {
    const channels = [...this.channels.values()].filter((channel) => channel.members.includes(person));
    return this.#unread.total(person, channels);
  }

  /** Note that a message came: it waits for everybody whom it concerns and who is not looking. */
  noteArrival(channelId, message) {
    const channel = this.channels.get(channelId);
    if (!channel) return;
    this.#unread.note(channel, message, (person) => this.#isLooking(person, channelId));
    this.#announce("unread");
  }

  /** Note a message that only one person sees. */
  noteEphemeral(channelId, person) {
    if (this.#isLooking(person, channelId)) return;
    this.#unread.add(person, channelId);
    this.#announce("unread");
  }

  /** Forget what waits, for a workspace that starts anew. */
  forgetUnread() {
    this.#unread.clear();
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

  #isLooking(person, channelId) {
    return person === this.acting && channelId === this.channel && this.tab === "messages";
  }

  #sees(channel) {
    return channel.members.includes(this.acting);
  }

  #announce(name) {
    this.dispatchEvent(new Event(name));
  }
}
