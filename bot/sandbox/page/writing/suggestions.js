/** What could be meant by what is being typed: a slash command, or somebody's name. Knows no DOM. */

const MOST = 8;
const MENTION = /(^|[\s(])@([\p{L}\p{N}._-]*)$/u;

/**
 * @typedef {Object} Suggestion
 * @property {string} insert What takes the place of the typed beginning.
 * @property {string} label
 * @property {string} [detail] Such as the usage of a command, or a person's job.
 * @property {string} [note] Such as `Not in this channel`.
 * @property {string} [person] A user id, to draw the face.
 */

/**
 * @typedef {Object} Suggestions
 * @property {"command"|"usage"|"mention"|"thread"} kind
 * @property {number} from Where the typed beginning starts…
 * @property {number} to …and ends.
 * @property {Suggestion[]} items
 * @property {string} [note] A line below or, without items, alone.
 */

/**
 * @param {string} text
 * @param {number} caret
 * @param {{workspace: import("../state.js").Workspace, channel: string, inThread: boolean}} place
 * @returns {Suggestions|null}
 */
export function suggest(text, caret, place) {
  const before = text.slice(0, caret);
  if (text.startsWith("/")) return aboutCommand(text, before, place);
  const mention = MENTION.exec(before);
  if (!mention) return null;
  const items = peopleNamed(mention[2], place);
  return items.length ? { kind: "mention", from: caret - mention[2].length - 1, to: caret, items } : null;
}

/**
 * A slash command, as typed.
 * @param {string} text
 * @returns {{command: string, text: string}|null} Null for a text that is a message.
 */
export function readCommand(text) {
  const found = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(text.trimEnd());
  return found && { command: found[1], text: (found[2] ?? "").trim() };
}

function aboutCommand(text, before, { workspace, inThread }) {
  if (inThread) return { kind: "thread", from: 0, to: 0, items: [], note: THREAD_NOTE };
  const [name] = text.split(/\s/, 1);
  if (before.length > name.length) return usageOf(name, workspace);
  const typed = before.toLowerCase();
  const items = workspace.commands
    .filter(({ command }) => command.toLowerCase().startsWith(typed))
    .map(({ command, description, usage_hint: usage }) => ({
      insert: `${command} `,
      label: usage ? `${command} ${usage}` : command,
      detail: description,
    }));
  const note = items.length ? undefined : unknown(name, workspace);
  return { kind: "command", from: 0, to: name.length, items: items.slice(0, MOST), note };
}

/** Said in a thread, where Slack takes no commands (docs.slack.dev: Implementing slash commands). */
export const THREAD_NOTE = "Slash commands cannot be used in threads. Use them in the channel itself.";

function usageOf(name, workspace) {
  const known = workspace.commands.find(({ command }) => command === name);
  const note = known?.usage_hint ? `${known.command} ${known.usage_hint}` : known?.description;
  return note ? { kind: "usage", from: 0, to: 0, items: [], note } : null;
}

function unknown(name, workspace) {
  if (!workspace.commands.length) return `${workspace.app.name} has no slash commands.`;
  return `No command begins with ${name}. To send it as a message, put a space before it.`;
}

function peopleNamed(typed, { workspace, channel }) {
  const wanted = typed.toLowerCase();
  const members = new Set(workspace.channels.get(channel)?.members ?? []);
  return [...workspace.people.keys()]
    .map((id) => workspace.person(id))
    .filter((person) => person.handle && isNamed(person, wanted))
    .sort((one, other) => members.has(other.id) - members.has(one.id))
    .slice(0, MOST)
    .map((person) => ({
      insert: `@${person.handle} `,
      label: person.name,
      detail: person.is_bot ? "App" : person.title,
      note: members.has(person.id) ? undefined : "Not in this channel",
      person: person.id,
    }));
}

function isNamed(person, wanted) {
  const words = [person.handle, ...person.name.split(/\s+/)].map((word) => word.toLowerCase());
  return words.some((word) => word.startsWith(wanted));
}
