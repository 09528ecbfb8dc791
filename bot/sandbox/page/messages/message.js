/** Drawing one message. */

import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/blocks.js";
import { drawAttachments } from "./attachments.js";
import { h, present } from "../dom.js";
import { drawEditor } from "./editor.js";
import { drawFiles } from "./files.js";
import { icon } from "../icons.js";
import { drawReactions } from "./reactions.js";
import { standingBadge } from "../avatar.js";
import { drawMrkdwn } from "../text/richtext.js";
import { drawToolbar } from "./toolbar.js";
import { clock, dayAndTime, fullTime } from "../text/time.js";

const FACES_SHOWN = 4;

/**
 * @param {Object} message Slack's message object; `is_ephemeral` marks one that only the acting person sees.
 * @param {{workspace: import("../state.js").Workspace, view: "channel"|"thread", editing: string|null}} context
 *   `editing`: the ts of the message whose words are being changed.
 * @returns {HTMLElement}
 */
export function drawMessage(message, context) {
  const author = context.workspace.author(message);
  const gone = message.subtype === "tombstone";
  const editing = context.editing === message.ts;
  const kinds = [message.is_ephemeral && "is-ephemeral", isNotice(message) && "is-notice", gone && "is-gone"];
  return h(
    "article",
    {
      class: present(["message", ...kinds, editing && "is-editing"]).join(" "),
      "data-message-ts": message.ts,
      "data-user": author.id,
      "aria-label": gone ? "A deleted message" : `${author.name}, ${dayAndTime(message.ts)}`,
      tabindex: "-1",
    },
    gone ? h("span", { class: "avatar avatar-gone", "aria-hidden": "true" }, icon("trash")) : avatar(author),
    h("span", { class: "gutter-time", "aria-hidden": "true" }, clock(message.ts)),
    h(
      "div",
      { class: "message-main" },
      drawNotes(message, context),
      !gone && drawByline(message, author),
      h("div", { class: "message-body" }, ...drawBody(message, context, editing)),
      drawReactions(message, context.workspace),
      context.view === "channel" && drawReplies(message, context),
    ),
    !editing && drawToolbar(message, context.view),
  );
}

function isNotice(message) {
  return ["tombstone", "channel_join", "channel_leave", "channel_topic", "channel_purpose"].includes(
    message.subtype,
  );
}

function drawNotes(message, { view }) {
  const broadcast = message.subtype === "thread_broadcast";
  return h(
    "div",
    { class: "message-notes" },
    message.is_ephemeral && drawOnlyYou(),
    broadcast && view === "channel" && drawBroadcastNote(message),
    broadcast && view === "thread" && h("span", { class: "note" }, icon("hash"), "Also sent to the channel"),
  );
}

function drawOnlyYou() {
  const dismiss = { type: "button", class: "link-button", "data-deed": "dismiss", "data-test": "dismiss" };
  return h(
    "span",
    { class: "note", "data-test": "ephemeral" },
    icon("eye"),
    h("span", {}, "Only visible to you · ", h("button", dismiss, "Dismiss message")),
  );
}

function drawBroadcastNote(message) {
  const link = { type: "button", class: "link-button", "data-open-thread": message.thread_ts };
  return h("span", { class: "note" }, icon("thread"), "replied to ", h("button", link, "a thread"));
}

function drawByline(message, author) {
  return h(
    "header",
    { class: "byline" },
    h("strong", { class: "author" }, author.name),
    author.is_bot && h("span", { class: "app-badge" }, "APP"),
    standingBadge(author),
    h("time", { class: "stamp", title: fullTime(message.ts) }, clock(message.ts)),
  );
}

/** Blocks replace the text, which is then only the notification's words. */
function drawBody(message, context, editing) {
  const { workspace, view } = context;
  const surface = { workspace, view, id: message.ts };
  return present([
    editing ? drawEditor(message, workspace) : drawWords(message, surface),
    !editing &&
      message.edited &&
      h("span", { class: "edited", "data-key": "edited", title: fullTime(message.edited.ts) }, "(edited)"),
    message.files?.length && drawFiles(message.files, view),
    message.attachments?.length && drawAttachments(message.attachments, surface),
  ]);
}

function drawWords(message, surface) {
  if (message.subtype === "tombstone") return h("p", { class: "text" }, "This message was deleted.");
  if (message.blocks?.length) {
    return h("div", { class: "blocks", "data-key": "blocks" }, ...drawBlocks(message.blocks, surface));
  }
  if (!message.text) return null;
  return h("div", { class: "text", "data-key": "text" }, ...drawMrkdwn(message.text, surface.workspace));
}

function drawReplies(message, { workspace }) {
  if (!message.reply_count || message.subtype === "thread_broadcast") return null;
  const faces = (message.reply_users ?? [])
    .slice(0, FACES_SHOWN)
    .map((id) => avatar(workspace.person(id), "small"));
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  const last =
    message.latest_reply &&
    h("span", { class: "replies-last" }, `Last reply ${dayAndTime(message.latest_reply)}`);
  return h(
    "button",
    { type: "button", class: "replies", "data-open-thread": message.ts, "data-test": "replies" },
    h("span", { class: "faces" }, ...faces),
    h("span", { class: "replies-count" }, count),
    last,
  );
}
