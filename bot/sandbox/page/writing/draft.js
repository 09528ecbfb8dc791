/**
 * A message not sent yet.
 *
 * @typedef {Object} Draft
 * @property {string} text As typed.
 * @property {string} alt Alt text of the first image.
 * @property {boolean} broadcast Also send a thread reply to the channel.
 * @property {import("./tray.js").Attachment[]} attachments Uploads first, then samples, as they will be posted.
 */

/** @type {Draft} */
export const EMPTY_DRAFT = Object.freeze({ text: "", alt: "", broadcast: false, attachments: [] });

/** Whether there is something to send. */
export function isSendable(draft) {
  return draft.text.trim() !== "" || draft.attachments.length > 0;
}

/**
 * Uploads first, then samples: the order in which they are posted.
 * @param {import("./tray.js").Attachment[]} attachments
 */
export function inPostingOrder(attachments) {
  return [...attachments.filter((one) => one.file), ...attachments.filter((one) => one.sample)];
}

/**
 * The form that posts a draft. The server turns typed text into Slack's, as Slack's own clients do.
 * @param {Draft} draft
 * @param {{channel: string, thread: string|null}} place
 * @param {string} acting The person who posts.
 * @returns {FormData}
 */
export function postForm(draft, { channel, thread }, acting) {
  const form = new FormData();
  form.set("as", acting);
  form.set("channel", channel);
  form.set("text", draft.text.trim());
  if (thread) form.set("thread_ts", thread);
  if (thread && draft.broadcast) form.set("broadcast", "1");
  if (draft.attachments.length && draft.alt.trim()) form.set("alt", draft.alt.trim());
  for (const { file, sample } of draft.attachments) {
    if (file) form.append("file", file, file.name);
    else form.append("sample", sample);
  }
  return form;
}
