/** Where one is: `#C123/1700.1` names a channel and a thread, `#D123/home` an app's Home; `?as=U1` who acts. */

/**
 * @param {string} hash
 * @returns {{channel: string|null, thread: string|null, tab: "messages"|"home"}}
 */
export function parseRoute(hash) {
  const [channel, rest] = decodeURIComponent(hash.replace(/^#/, "")).split("/");
  const thread = /^\d+\.\d+$/.test(rest ?? "") ? rest : null;
  return { channel: channel || null, thread, tab: rest === "home" ? "home" : "messages" };
}

/**
 * @param {string} channel
 * @param {string|null} thread
 * @param {"messages"|"home"} [tab]
 * @returns {string}
 */
export function formatRoute(channel, thread, tab = "messages") {
  if (tab === "home") return `#${channel}/home`;
  return thread ? `#${channel}/${thread}` : `#${channel}`;
}
