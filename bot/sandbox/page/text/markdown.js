/** Standard Markdown, as the `markdown` block takes it: what is common is drawn, the rest stays as written. */

import { drawMrkdwn } from "./richtext.js";
import { h } from "../dom.js";

/**
 * @param {string} text
 * @param {import("../state.js").Workspace} workspace
 * @returns {Node[]}
 */
export function drawMarkdown(text, workspace) {
  // Odd pieces are what stands between two fences.
  return text
    .split(/^```\w*\n([\s\S]+?)\n```$/m)
    .flatMap((piece, index) =>
      index % 2 ? [h("pre", {}, piece)] : drawMrkdwn(toMrkdwn(piece.trim()), workspace),
    );
}

function toMrkdwn(text) {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return escaped.split("\n").map(lineToMrkdwn).join("\n");
}

function lineToMrkdwn(line) {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  if (heading) return `*${heading[1].replace(/\*/g, "")}*`;
  return line
    .replace(/^(\s*)[-*]\s+/, "$1• ")
    .replace(/(^|[^*])\*([^*\s][^*]*)\*(?!\*)/g, "$1_$2_")
    .replace(/\*\*([^*]+)\*\*/g, "*$1*")
    .replace(/~~([^~]+)~~/g, "~$1~")
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>");
}
