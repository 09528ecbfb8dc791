/** Drawing one message. */

import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/blocks.js";
import { h, present, safeLink } from "../dom.js";
import { drawFiles } from "./files.js";
import { icon } from "../icons.js";
import { zoomable, imageSource } from "../blocks/images.js";
import { drawMrkdwn } from "../text/richtext.js";
import { clock, dayAndTime, fullTime } from "../text/time.js";

const FACES_SHOWN = 4;

/**
 * @param {Object} message Slack's message object; `is_ephemeral` marks one that only the acting person sees.
 * @param {{workspace: import("../state.js").Workspace, view: "channel"|"thread"}} context
 * @returns {HTMLElement}
 */
export function drawMessage(message, context) {
  const author = context.workspace.author(message);
  const kinds = [message.is_ephemeral && "is-ephemeral", isNotice(message) && "is-notice"].filter(Boolean);
  return h(
    "article",
    {
      class: ["message", ...kinds].join(" "),
      "data-message-ts": message.ts,
      "data-user": author.id,
      "aria-label": `${author.name}, ${dayAndTime(message.ts)}`,
      tabindex: "-1",
    },
    avatar(author),
    h("span", { class: "gutter-time", "aria-hidden": "true" }, clock(message.ts)),
    h(
      "div",
      { class: "message-main" },
      drawNotes(message, context),
      drawByline(message, author),
      h("div", { class: "message-body" }, ...drawBody(message, context)),
      context.view === "channel" && drawReplies(message, context),
    ),
    drawToolbar(message, context),
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
    message.is_ephemeral &&
      h("span", { class: "note", "data-test": "ephemeral" }, icon("eye"), "Only visible to you"),
    broadcast && view === "channel" && drawBroadcastNote(message),
    broadcast && view === "thread" && h("span", { class: "note" }, icon("hash"), "Also sent to the channel"),
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
    h("time", { class: "stamp", title: fullTime(message.ts) }, clock(message.ts)),
  );
}

/** Blocks replace the text, which is then only the notification's words. */
function drawBody(message, { workspace, view }) {
  const surface = { workspace, view, id: message.ts };
  const text = !message.blocks?.length && message.text;
  return present([
    text && h("div", { class: "text", "data-key": "text" }, ...drawMrkdwn(text, workspace)),
    message.blocks?.length &&
      h("div", { class: "blocks", "data-key": "blocks" }, ...drawBlocks(message.blocks, surface)),
    message.edited &&
      h("span", { class: "edited", "data-key": "edited", title: fullTime(message.edited.ts) }, "(edited)"),
    message.files?.length && drawFiles(message.files, view),
    message.attachments?.length && drawAttachments(message.attachments, surface),
  ]);
}

function drawAttachments(attachments, surface) {
  const drawn = attachments.map((attachment) => drawAttachment(attachment, surface));
  return h("div", { class: "attachments", "data-key": "attachments" }, ...drawn);
}

function drawAttachment(attachment, surface) {
  const { workspace } = surface;
  const color = /^#?[0-9a-f]{6}$/i.test(attachment.color ?? "")
    ? `#${attachment.color.replace("#", "")}`
    : null;
  const href = attachment.title_link && safeLink(attachment.title_link);
  const title = href
    ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, attachment.title)
    : attachment.title;
  const image = attachment.image_url && {
    src: imageSource(attachment),
    alt: attachment.fallback || attachment.title || "",
    className: "picture-block",
  };
  return h(
    "div",
    { class: "attachment", vars: color ? { "--bar": color } : {} },
    attachment.author_name && h("p", { class: "attachment-author" }, attachment.author_name),
    title && h("p", { class: "attachment-title" }, title),
    attachment.text && h("div", { class: "text" }, ...drawMrkdwn(attachment.text, workspace)),
    attachment.blocks && drawBlocks(attachment.blocks, surface),
    attachment.files?.length && drawFiles(attachment.files, surface.view),
    image && zoomable(image),
    attachment.footer && h("p", { class: "attachment-footer" }, attachment.footer),
  );
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

function drawToolbar(message, { view }) {
  if (message.is_ephemeral) return null;
  const reply = { "data-open-thread": message.thread_ts ?? message.ts, "data-test": "reply" };
  return h(
    "div",
    { class: "message-toolbar" },
    view === "channel" && toolbarButton("Reply in thread", "thread", reply),
    toolbarButton("Copy link", "link", { "data-copy-link": "" }),
  );
}

function toolbarButton(label, iconName, props) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...props },
    icon(iconName),
  );
}
