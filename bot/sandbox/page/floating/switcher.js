/** Going to a channel, a conversation or the app by its name. */

import { avatar, standingBadge } from "../avatar.js";
import { h } from "../dom.js";
import { channelIcon, icon } from "../icons.js";
import { openDialog } from "./dialog.js";

/**
 * @typedef {Object} Destination
 * @property {string} label
 * @property {string} detail
 * @property {string} [channel] An id…
 * @property {"home"} [tab]
 * @property {string} [person] …or somebody with whom no conversation is open yet.
 * @property {number} unread
 */

/**
 * @param {{workspace: import("../state.js").Workspace, onGo: (destination: Destination) => void}} options
 */
export function openSwitcher({ workspace, onGo }) {
  const all = destinations(workspace);
  let shown = all;
  let at = 0;
  const input = h("input", {
    type: "text",
    class: "field",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "switcher-list",
    "aria-label": "Go to",
    placeholder: "Channel, person or app",
    autocomplete: "off",
    "data-test": "switcher-input",
  });
  const list = h("ul", {
    class: "switcher-list",
    id: "switcher-list",
    role: "listbox",
    "aria-label": "Places",
  });
  const draw = () => {
    const rows = shown.map((destination, index) => drawRow(destination, index, index === at, workspace));
    list.replaceChildren(
      ...(rows.length ? rows : [h("li", { class: "picker-note" }, "No place of that name.")]),
    );
    input.setAttribute("aria-activedescendant", `switcher-${at}`);
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  };
  const go = (index) => {
    if (!shown[index]) return;
    dialog.close();
    onGo(shown[index]);
  };
  input.addEventListener("input", () => {
    shown = matching(all, input.value);
    at = 0;
    draw();
  });
  input.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !shown.length) return;
    event.preventDefault();
    at = (at + by + shown.length) % shown.length;
    draw();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-index]");
    if (row) go(Number(row.dataset.index));
  });
  const dialog = openDialog({
    title: "Go to",
    test: "switcher",
    className: "dialog-top",
    body: [input, list],
    onSubmit: () => go(at),
  });
  draw();
}

function destinations(workspace) {
  const places = workspace.visibleChannels.map((channel) => ({
    label: workspace.channelLabel(channel.id),
    detail: workspace.isAppChat(channel.id) ? "App" : (channel.topic ?? ""),
    channel: channel.id,
    unread: workspace.unread(channel.id),
  }));
  const home = workspace.app.home_tab && workspace.appChat;
  const homes = home
    ? [{ label: `${workspace.app.name}: Home`, detail: "App", channel: home.id, tab: "home", unread: 0 }]
    : [];
  const chats = new Set(
    workspace.visibleChannels.filter(({ kind }) => kind === "im").flatMap(({ members }) => members),
  );
  const strangers = [...workspace.people.keys()]
    .filter((id) => id !== workspace.acting && !chats.has(id))
    .map((id) => ({
      label: workspace.person(id).name,
      detail: workspace.person(id).title,
      person: id,
      unread: 0,
    }));
  return [...places, ...homes, ...strangers].sort((one, other) => other.unread - one.unread);
}

function matching(all, words) {
  const wanted = words.trim().toLowerCase().replace(/^[#@]/, "");
  return all.filter(({ label }) => label.toLowerCase().includes(wanted));
}

function drawRow(destination, index, active, workspace) {
  const person = destination.person && workspace.person(destination.person);
  return h(
    "li",
    {
      class: active ? "completion-item is-active" : "completion-item",
      role: "option",
      id: `switcher-${index}`,
      "data-index": index,
      "aria-selected": String(active),
    },
    drawMark(destination, workspace),
    h("strong", {}, destination.label.replace(/^#/, "")),
    person && standingBadge(person),
    h("span", { class: "completion-detail" }, destination.detail),
    destination.unread > 0 && h("span", { class: "unread" }, String(destination.unread)),
  );
}

function drawMark({ person, tab, channel }, workspace) {
  if (tab) return icon("home");
  const face = person ?? (workspace.isAppChat(channel) && workspace.app.bot_user_id);
  return face ? avatar(workspace.person(face), "small") : channelIcon(workspace.channels.get(channel));
}
