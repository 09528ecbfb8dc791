/** Slack's text as somebody would have typed it, for editing. */

const ENTITIES = { amp: "&", lt: "<", gt: ">" };

/**
 * @param {string} text With Slack's tokens: `<@U1>`, `<#C1|name>`, `<https://…>`, `&amp;`.
 * @param {import("../state.js").Workspace} workspace
 * @returns {string}
 */
export function asTyped(text, workspace) {
  const plain = text.replace(/<([@#!]?)([^<>|]+)(?:\|([^<>]+))?>/g, (whole, sign, target, label) => {
    if (sign === "@") return `@${workspace.person(target).handle || label || target}`;
    if (sign === "#")
      return workspace.channels.has(target) ? workspace.channelLabel(target) : `#${label ?? target}`;
    if (sign === "!") return `@${target}`;
    return label ?? target;
  });
  return plain.replace(/&(amp|lt|gt);/g, (_, name) => ENTITIES[name]);
}

/** The same on one line, cut to a length, for excerpts. */
export function excerpt(message, workspace, length = 140) {
  const line = asTyped(message.text ?? "", workspace)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
