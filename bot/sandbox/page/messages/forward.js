/** Forwarding a message to another place, with words of one's own. */

import { openDialog } from "../floating/dialog.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { avatar } from "../avatar.js";
import { excerpt } from "../text/typed.js";

/**
 * @param {Object} message
 * @param {import("../app.js").Services} services
 */
export function openForward(message, services) {
  const { workspace } = services;
  const where = drawPlaces(workspace);
  const words = h("textarea", {
    class: "field",
    id: "forward-words",
    rows: "2",
    placeholder: "Add a message, if you like",
    "data-test": "forward-text",
  });
  const submit = { type: "submit", class: "button button-primary", "data-test": "forward-send" };
  const button = h("button", submit, h("span", { class: "button-label" }, "Forward"));
  const dialog = openDialog({
    title: "Forward message",
    test: "forward-dialog",
    body: [
      h("label", { class: "input-label", for: "forward-where" }, "Where to"),
      h("span", { class: "select select-wide" }, where, icon("down")),
      h("label", { class: "input-label", for: "forward-words" }, "Message"),
      words,
      drawPreview(message, workspace),
    ],
    foot: [
      h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Cancel"),
      button,
    ],
    onSubmit: () => send(dialog, message, { channel: where.value, text: words.value.trim() }, services),
  });
}

function drawPlaces(workspace) {
  const visible = workspace.visibleChannels;
  const group = (label, channels) =>
    channels.length > 0 &&
    h(
      "optgroup",
      { label },
      ...channels.map(({ id }) => h("option", { value: id }, workspace.channelLabel(id))),
    );
  return h(
    "select",
    { id: "forward-where", "data-test": "forward-where" },
    group(
      "Channels",
      visible.filter((channel) => !workspace.isConversation(channel)),
    ),
    group(
      "Direct messages",
      visible.filter((channel) => workspace.isConversation(channel)),
    ),
  );
}

function drawPreview(message, workspace) {
  const author = workspace.author(message);
  const files = message.files?.length ?? 0;
  return h(
    "div",
    { class: "attachment forward-preview" },
    h("p", { class: "attachment-author" }, avatar(author, "small"), h("strong", {}, author.name)),
    h("p", { class: "text" }, excerpt(message, workspace)),
    files > 0 &&
      h("p", { class: "attachment-footer" }, files === 1 ? message.files[0].name : `${files} files`),
  );
}

async function send(dialog, message, { channel, text }, { workspace, api, toasts, navigation }) {
  if (dialog.getAttribute("aria-busy")) return;
  dialog.setAttribute("aria-busy", "true");
  const from = { from_channel: workspace.channel, ts: message.ts };
  try {
    await api.forward({ as: workspace.acting, channel, text, ...from });
    dialog.close();
    if (channel !== workspace.channel) {
      const go = () => navigation.open(channel);
      toasts.show(`Forwarded to ${workspace.channelLabel(channel)}`, "note", { words: "Go there", act: go });
    }
  } catch (error) {
    toasts.show(error.message);
  } finally {
    dialog.removeAttribute("aria-busy");
  }
}
