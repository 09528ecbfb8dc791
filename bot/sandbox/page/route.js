/** Where one is: `#C123/1700.1` names a channel and a thread, `?as=U1` the acting person. */

/**
 * @param {string} hash
 * @returns {{channel: string|null, thread: string|null}}
 */
export function parseRoute(hash) {
  const [channel, thread] = decodeURIComponent(hash.replace(/^#/, "")).split("/");
  return { channel: channel || null, thread: /^\d+\.\d+$/.test(thread ?? "") ? thread : null };
}

/**
 * @param {string} channel
 * @param {string|null} thread
 * @returns {string}
 */
export function formatRoute(channel, thread) {
  return thread ? `#${channel}/${thread}` : `#${channel}`;
}
