/** In which view a message stands. */

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
