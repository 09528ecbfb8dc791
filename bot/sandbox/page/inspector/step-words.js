/** What somebody did in one step of a run, in words. */

/**
 * @param {{call: string, given: Object, files?: (string|{name: string})[]}} step
 * @param {import("../state.js").Workspace} workspace
 * @returns {string}
 */
export function stepWords({ call, given, files = [] }, workspace) {
  const one = (value) => (Array.isArray(value) ? value[0] : value);
  const who = given.as ? workspace.person(one(given.as)).name : "";
  const where = given.channel ? ` in ${workspace.channelLabel(one(given.channel))}` : "";
  const things = [one(given.text) && `“${one(given.text)}”`, ...files.map((file) => file.name ?? file), ...(given.sample ?? [])];
  const what = things.filter(Boolean).join(", ");
  const words = {
    post: () => `${who} ${one(given.thread_ts) ? "replies" : "posts"} ${what || "nothing"}${where}`,
    action: () => `${who} uses ${given.action_id}`,
    "view/submit": () => `${who} submits a form`,
    "view/close": () => `${who} closes a form`,
    command: () => `${who} types ${given.command} ${given.text ?? ""}`.trim(),
    shortcut: () => `${who} uses the shortcut ${given.callback_id}`,
    edit: () => `${who} edits a message`,
    delete: () => `${who} deletes a message`,
    react: () => `${who} ${given.on ? "reacts with" : "takes back"} :${given.name}:`,
    forward: () => `${who} forwards a message`,
    home: () => `${who} opens the app’s ${given.tab === "home" ? "Home" : "messages"}`,
    join: () => `${who} invites somebody${where}`,
    faults: () => `Fault: ${given.service} ${given.operation}, ${given.fault}`,
    "faults/clear": () => "Faults are cleared",
    conditions: () => `Condition: ${given.name} ${given.on === false ? "off" : "on"}`,
  }[call];
  return words ? words() : `${who} ${call}`.trim();
}
