/** Reactions under a message. */

import { h } from "../dom.js";
import { emojiFace } from "../text/emoji-face.js";
import { icon } from "../icons.js";

/**
 * @param {Object} message
 * @param {import("../state.js").Workspace} workspace
 * @returns {HTMLElement|null} One button for each reaction, pressed where it is one's own; and one to add more.
 */
export function drawReactions(message, workspace) {
  if (!message.reactions?.length) return null;
  const add = {
    type: "button",
    class: "reaction reaction-add",
    "aria-label": "Add reaction",
    title: "Add reaction",
    "aria-expanded": "false",
    "data-deed": "react",
  };
  return h(
    "div",
    { class: "reactions", "data-key": "reactions", role: "group", "aria-label": "Reactions" },
    ...message.reactions.map((reaction) => drawReaction(reaction, workspace)),
    h("button", { ...add, "data-key": "add" }, icon("smile")),
  );
}

function drawReaction({ name, users, count }, workspace) {
  const mine = users.includes(workspace.acting);
  const words = `${names(users, workspace)} reacted with :${name}:`;
  return h(
    "button",
    {
      type: "button",
      class: "reaction",
      "data-key": name,
      "data-reaction": name,
      "aria-pressed": String(mine),
      "aria-label": `${name.replace(/_/g, " ")}, ${count}. ${words}`,
      title: words,
    },
    h("span", { class: "reaction-face", "aria-hidden": "true" }, emojiFace(name)),
    h("span", { class: "reaction-count", "aria-hidden": "true" }, String(count)),
  );
}

/** Such as `You, Ben Okafor and Masko`. */
function names(users, workspace) {
  const all = users.map((id) => (id === workspace.acting ? "You" : workspace.person(id).name));
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
