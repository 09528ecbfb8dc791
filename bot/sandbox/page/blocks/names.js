/** Who and what can be chosen in the menus of people, channels and conversations. */

const KINDS = { im: "im", mpim: "mpim", private: "private", channel: "public" };

/**
 * The people, as option objects.
 * @param {import("../state.js").Workspace} workspace
 */
export function peopleOptions(workspace) {
  return [...workspace.people.keys()].map((id) => option(id, workspace.person(id).name));
}

/** The public channels that the acting person sees, as option objects. */
export function channelOptions(workspace) {
  return workspace.visibleChannels
    .filter((channel) => channel.kind === "channel")
    .map((channel) => option(channel.id, workspace.channelLabel(channel.id)));
}

/**
 * The conversations that an element's filter lets through, as option objects.
 * Source: docs.slack.dev, "Composition objects: conversation filter object".
 * @param {import("../state.js").Workspace} workspace
 * @param {{include?: string[], exclude_bot_users?: boolean}} [filter]
 */
export function conversationOptions(workspace, filter = {}) {
  const wanted = (channel) =>
    (!filter.include || filter.include.includes(KINDS[channel.kind])) &&
    !(filter.exclude_bot_users && workspace.isAppChat(channel.id));
  return workspace.visibleChannels
    .filter(wanted)
    .map((channel) => option(channel.id, workspace.channelLabel(channel.id)));
}

/** The options of these ids. */
export function optionsNamed(options, ids = []) {
  return ids.flatMap((id) => options.filter(({ value }) => value === id));
}

function option(value, text) {
  return { text: { type: "plain_text", text }, value };
}
