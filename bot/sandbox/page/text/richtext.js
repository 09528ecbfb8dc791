/** Drawing text: mrkdwn trees, plain text and rich_text blocks become DOM nodes. */

import { h, safeLink } from "../dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { emojiFace, hasEmojiFont } from "./emoji-face.js";
import { parseMrkdwn } from "./mrkdwn.js";
import { formatDateTokens } from "./time.js";

const WRAPPERS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" };
const STYLES = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };

/**
 * @param {{type: string, text: string, emoji?: boolean}} object A text object of Block Kit.
 * @param {import("../state.js").Workspace} workspace
 * @returns {Node[]}
 */
export function drawTextObject(object, workspace) {
  if (object.type === "mrkdwn") return drawMrkdwn(object.text, workspace);
  return [document.createTextNode(plainText(object))];
}

/**
 * The characters of a plain_text object, shown literally; emoji names only where `emoji` asks for it.
 * @param {{text: string, emoji?: boolean}} [object]
 * @returns {string}
 */
export function plainText(object) {
  return object?.emoji ? withEmoji(object.text) : (object?.text ?? "");
}

/**
 * @param {string} text
 * @param {import("../state.js").Workspace} workspace
 * @returns {Node[]}
 */
export function drawMrkdwn(text, workspace) {
  return parseMrkdwn(text).map((node) => drawNode(node, workspace));
}

/**
 * @param {Object} block A rich_text block.
 * @param {import("../state.js").Workspace} workspace
 * @returns {Node[]}
 */
export function drawRichText(block, workspace) {
  return block.elements.map((element) => drawRichElement(element, workspace));
}

const DRAW = {
  text: (node) => document.createTextNode(node.text),
  break: () => h("br"),
  code: (node) => h("code", {}, node.text),
  pre: (node) => h("pre", {}, node.text),
  link: (node) => link(node.url, node.label),
  user: (node, workspace) =>
    mention(`@${node.label ?? workspace.person(node.id).name}`, node.id === workspace.acting),
  channel: (node, workspace) => channelLink(node.id, node.label, workspace),
  usergroup: (node) => mention(node.label ?? `@${node.id}`),
  broadcast: (node) => mention(`@${node.name}`, true),
  emoji: (node) => drawEmoji(node.name),
  date: (node) => drawDate(node),
};

function drawNode(node, workspace) {
  const draw = DRAW[node.kind];
  if (draw) return draw(node, workspace);
  return h(WRAPPERS[node.kind], {}, ...node.children.map((child) => drawNode(child, workspace)));
}

function link(address, label) {
  const href = safeLink(address);
  if (!href) return document.createTextNode(label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

function mention(text, strong = false) {
  return h("span", { class: strong ? "mention mention-me" : "mention" }, text);
}

function channelLink(id, label, workspace) {
  const known = workspace.channels.has(id);
  const text = known ? workspace.channelLabel(id) : `#${label ?? id}`;
  return known ? h("a", { class: "mention", href: `#${id}` }, text) : mention(text);
}

function drawEmoji(name, unicode) {
  if (!unicode && !emoji(name)) return document.createTextNode(`:${name}:`);
  const face = unicode && hasEmojiFont() ? unicode : emojiFace(name);
  return h("span", { class: "emoji", role: "img", "aria-label": name.replace(/_/g, " ") }, face);
}

function drawDate({ seconds, format, url, fallback }) {
  const text = Number.isFinite(seconds) ? formatDateTokens(seconds, format) : (fallback ?? "");
  const time = h("time", { title: fallback }, text);
  const href = url && safeLink(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, time) : time;
}

function drawRichElement(element, workspace) {
  const inline = () => element.elements.map((part) => drawRichPart(part, workspace));
  switch (element.type) {
    case "rich_text_list":
      return drawList(element, workspace);
    case "rich_text_quote":
      return h("blockquote", {}, ...inline());
    case "rich_text_preformatted":
      return h("pre", {}, ...inline());
    default:
      return h("div", { class: "rich-section" }, ...inline());
  }
}

function drawList(element, workspace) {
  const items = element.elements.map((item) =>
    h("li", {}, ...item.elements.map((part) => drawRichPart(part, workspace))),
  );
  const tag = element.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && element.offset ? element.offset + 1 : null;
  return h(tag, { class: `rich-indent-${Math.min(element.indent ?? 0, 4)}`, start }, ...items);
}

function drawRichPart(part, workspace) {
  return styled([drawRichLeaf(part, workspace)].flat(), part.style ?? {});
}

function drawRichLeaf(part, workspace) {
  switch (part.type) {
    case "text":
      return lines(part.text);
    case "link":
      return link(part.url, part.text ?? part.url);
    case "user":
      return DRAW.user({ id: part.user_id, label: null }, workspace);
    case "channel":
      return channelLink(part.channel_id, null, workspace);
    case "usergroup":
      return mention(`@${part.usergroup_id}`);
    case "broadcast":
      return mention(`@${part.range}`, true);
    case "emoji":
      return drawEmoji(part.name, part.unicode && fromCodePoints(part.unicode));
    case "date":
      return drawDate({
        seconds: part.timestamp,
        format: part.format,
        url: part.url,
        fallback: part.fallback,
      });
    case "color":
      return h("code", {}, part.value);
    default:
      return document.createTextNode(part.text ?? "");
  }
}

function styled(nodes, style) {
  const wanted = Object.entries(STYLES).filter(([name]) => style[name]);
  return wanted.reduce((inner, [, tag]) => [h(tag, {}, ...inner)], nodes);
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

function fromCodePoints(unicode) {
  return String.fromCodePoint(...unicode.split("-").map((code) => Number.parseInt(code, 16)));
}
