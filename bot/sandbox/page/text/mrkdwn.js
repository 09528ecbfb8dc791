/**
 * Slack's mrkdwn, read into a small tree.
 *
 * Reading and drawing are apart: this module knows no DOM (richtext.js draws the tree), so no text can
 * become markup. Source: docs.slack.dev, "Formatting message text".
 *
 * A node is one of {kind: "text", text}, {kind: "break"}, {kind: "bold"|"italic"|"strike"|"quote", children},
 * {kind: "code"|"pre", text}, {kind: "link", url, label}, {kind: "user"|"channel"|"usergroup", id, label},
 * {kind: "broadcast", name}, {kind: "emoji", name}, {kind: "date", seconds, format, url, fallback}.
 */

const MARKS = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const SPECIAL = /[*_~`<:h]/;
const BARE_LINK = /^https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)"'\]*_~]/;
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;
const QUOTE = /^(?:&gt;|>)\s?/;
const QUOTE_REST = /^(?:&gt;|>){3}\s?/;

/**
 * @param {string} text
 * @returns {Object[]} Nodes.
 */
export function parseMrkdwn(text) {
  const nodes = [];
  // Odd pieces are what stands between two fences; an unclosed fence stays text.
  text.split(/```\n?([\s\S]+?)\n?```\n?/).forEach((piece, index) => {
    if (index % 2) nodes.push({ kind: "pre", text: literal(piece) });
    else if (piece) nodes.push(...parseLines(piece));
  });
  return nodes;
}

function unescapeEntities(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

function parseLines(text) {
  const nodes = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length;) {
    const quoted = quoteAt(lines, at);
    const end = at + Math.max(quoted.length, 1);
    if (quoted.length) nodes.push({ kind: "quote", children: parseInline(quoted.join("\n")) });
    else nodes.push(...parseInline(lines[at]), ...(end < lines.length ? [{ kind: "break" }] : []));
    at = end;
  }
  return nodes;
}

function quoteAt(lines, at) {
  if (QUOTE_REST.test(lines[at])) return [lines[at].replace(QUOTE_REST, ""), ...lines.slice(at + 1)];
  const quoted = [];
  while (at + quoted.length < lines.length && QUOTE.test(lines[at + quoted.length])) {
    quoted.push(lines[at + quoted.length].replace(QUOTE, ""));
  }
  return quoted;
}

function parseInline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ kind: "text", text: unescapeEntities(plain) });
    plain = "";
  };
  for (let at = 0; at < text.length;) {
    const found = text[at] === "\n" ? { node: { kind: "break" }, length: 1 } : spanAt(text, at);
    if (found) {
      flush();
      nodes.push(found.node);
    } else plain += text[at];
    at += found?.length ?? 1;
  }
  flush();
  return nodes;
}

function spanAt(text, at) {
  const character = text[at];
  if (!SPECIAL.test(character)) return null;
  const rest = text.slice(at);
  if (character === "<") return angleAt(rest);
  if (character === ":") return emojiAt(rest);
  if (at > 0 && WORD.test(text[at - 1])) return null;
  if (character === "`") return codeAt(rest);
  return character === "h" ? bareLinkAt(rest) : markAt(rest, character);
}

function markAt(rest, mark) {
  if (/^.\s/.test(rest)) return null;
  for (let end = rest.indexOf(mark, 2); end > 0; end = rest.indexOf(mark, end + 1)) {
    const inner = rest.slice(1, end);
    if (inner.includes("\n")) return null;
    const closes = !/\s/.test(rest[end - 1]) && !WORD.test(rest[end + 1] ?? " ") && whole(inner);
    if (closes) return { node: { kind: MARKS[mark], children: parseInline(inner) }, length: end + 1 };
  }
  return null;
}

/** Whether a span would not cut a `code` or <link> in two. */
function whole(inner) {
  const backticks = inner.split("`").length - 1;
  return backticks % 2 === 0 && inner.lastIndexOf("<") <= inner.lastIndexOf(">");
}

function codeAt(rest) {
  const found = /^`([^`\n]+)`/.exec(rest);
  return found && { node: { kind: "code", text: literal(found[1]) }, length: found[0].length };
}

function emojiAt(rest) {
  const found = /^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/.exec(rest);
  return found && { node: { kind: "emoji", name: found[1] }, length: found[0].length };
}

function bareLinkAt(rest) {
  const found = BARE_LINK.exec(rest);
  if (!found) return null;
  const url = unescapeEntities(found[0]);
  return { node: { kind: "link", url, label: url }, length: found[0].length };
}

function angleAt(rest) {
  const found = /^<([^<>\n]+)>/.exec(rest);
  return found && { node: angleNode(found[1]), length: found[0].length };
}

function angleNode(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescapeEntities(inner.slice(bar + 1));
  if (/^@[A-Z0-9]+$/.test(target)) return { kind: "user", id: target.slice(1), label };
  if (/^#[A-Z0-9]+$/.test(target)) return { kind: "channel", id: target.slice(1), label };
  if (target.startsWith("!")) return commandNode(target.slice(1), label);
  const url = unescapeEntities(target);
  if (!ADDRESS.test(url)) return { kind: "text", text: `<${unescapeEntities(inner)}>` };
  return { kind: "link", url, label: label || url.replace(/^mailto:/, "") };
}

function commandNode(command, label) {
  const [name, ...more] = command.split("^");
  if (name === "subteam") return { kind: "usergroup", id: more[0], label };
  if (name === "date") {
    return { kind: "date", seconds: Number(more[0]), format: more[1] ?? "", url: more[2], fallback: label };
  }
  return { kind: "broadcast", name: label?.replace(/^@/, "") || name };
}

/** What stands in code: no formatting, links by their label. */
function literal(text) {
  return unescapeEntities(
    text.replace(/<([^<>|\n]+)(?:\|([^<>\n]+))?>/g, (_, target, label) => label ?? target),
  );
}
