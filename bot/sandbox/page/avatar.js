/** Pictures for people: initials on their colour, the mask for the app. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @param {{name: string, color: string, is_bot: boolean}} person
 * @param {string} [size] `small`, `medium` or `large`.
 * @returns {HTMLElement} Decorative: the name stands beside it.
 */
export function avatar(person, size = "medium") {
  const face = person.is_bot ? icon("mask") : initials(person.name);
  const className = `avatar avatar-${size}${person.is_bot ? " avatar-app" : ""}`;
  const vars = person.is_bot ? {} : { "--avatar": person.color };
  return h("span", { class: className, "aria-hidden": "true", vars }, face);
}

const STANDINGS = {
  guest: ["Guest", "A guest of this workspace"],
  deactivated: ["Deactivated", "Left; can do nothing any more"],
  outside: ["External", "From another organisation"],
};

/**
 * The word beside the name of somebody who is no full member.
 * @param {{standing?: string}} person
 * @returns {HTMLElement|null}
 */
export function standingBadge({ standing }) {
  const [word, title] = STANDINGS[standing] ?? [];
  return word ? h("span", { class: `standing standing-${standing}`, title }, word) : null;
}

/** One or two capital letters. */
function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("");
}
