/** Attachments of a message: what was forwarded, links unfolded, an app's older-style cards. */

import { avatar } from "../avatar.js";
import { drawBlocks } from "../blocks/blocks.js";
import { imageSource, pictureOrAddress } from "../blocks/images.js";
import { h, present, safeLink } from "../dom.js";
import { drawFiles } from "./files.js";
import { icon } from "../icons.js";
import { formatRoute } from "../route.js";
import { drawMrkdwn } from "../text/richtext.js";
import { dayAndTime } from "../text/time.js";

/**
 * @param {Object[]} attachments
 * @param {import("../blocks/elements.js").Surface} surface
 * @returns {HTMLElement}
 */
export function drawAttachments(attachments, surface) {
  const drawn = attachments.map((attachment) =>
    attachment.is_share || attachment.is_msg_unfurl
      ? drawShared(attachment, surface)
      : drawAttachment(attachment, surface),
  );
  return h("div", { class: "attachments", "data-key": "attachments" }, ...drawn);
}

/** Somebody's message, shown in another place. Source: docs.slack.dev, "Unfurling links: message unfurls". */
function drawShared(attachment, surface) {
  const { workspace } = surface;
  const author = workspace.person(attachment.author_id ?? "");
  const name = attachment.author_name || attachment.author_subname || author.name;
  return h(
    "div",
    { class: "attachment attachment-shared", "data-test": "shared-message" },
    h("p", { class: "attachment-author" }, avatar({ ...author, name }, "small"), h("strong", {}, name)),
    ...drawSharedBody(attachment, surface),
    h("p", { class: "attachment-footer" }, ...drawOrigin(attachment, workspace)),
  );
}

function drawSharedBody(attachment, surface) {
  const blocks = (attachment.message_blocks ?? []).flatMap((one) => one.message?.blocks ?? []);
  const words =
    attachment.text && h("div", { class: "text" }, ...drawMrkdwn(attachment.text, surface.workspace));
  const drawnBlocks =
    !words && blocks.length > 0 && h("div", { class: "blocks" }, ...drawBlocks(blocks, surface));
  return present([
    words || drawnBlocks,
    attachment.files?.length && drawFiles(attachment.files, surface.view),
  ]);
}

function drawOrigin({ channel_id: channel, ts, footer }, workspace) {
  if (!channel || !ts) return [footer ?? "Forwarded"];
  const known = workspace.channels.has(channel);
  const where = !known
    ? "a conversation that you are not in"
    : workspace.isConversation(workspace.channels.get(channel))
      ? "a direct message"
      : workspace.channelLabel(channel);
  const link = known && h("a", { href: formatRoute(channel, ts) }, "View message");
  return present([`Posted in ${where} · ${dayAndTime(ts)}`, link && " · ", link]);
}

function drawAttachment(attachment, surface) {
  const { workspace } = surface;
  const color = /^#?[0-9a-f]{6}$/i.test(attachment.color ?? "")
    ? `#${attachment.color.replace("#", "")}`
    : null;
  const image = attachment.image_url && {
    src: imageSource(attachment),
    alt: attachment.fallback || attachment.title || "",
    className: "picture-block",
    address: attachment.image_url,
  };
  return h(
    "div",
    { class: "attachment", vars: color ? { "--bar": color } : {} },
    attachment.pretext && h("div", { class: "text" }, ...drawMrkdwn(attachment.pretext, workspace)),
    attachment.author_name && h("p", { class: "attachment-author" }, attachment.author_name),
    attachment.title && h("p", { class: "attachment-title" }, drawTitle(attachment)),
    attachment.text && h("div", { class: "text" }, ...drawMrkdwn(attachment.text, workspace)),
    attachment.blocks && h("div", { class: "blocks" }, ...drawBlocks(attachment.blocks, surface)),
    attachment.files?.length && drawFiles(attachment.files, surface.view),
    image && pictureOrAddress(image),
    attachment.footer && h("p", { class: "attachment-footer" }, attachment.footer),
  );
}

function drawTitle({ title, title_link: address }) {
  const href = address && safeLink(address);
  if (!href) return title;
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, title, icon("external"));
}
