/** Who is in a channel, and inviting somebody into it. */

import { avatar, standingBadge } from "../avatar.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { openMenu } from "../floating/popover.js";

/**
 * @param {HTMLElement} anchor
 * @param {Object} channel
 * @param {import("../app.js").Services} services
 */
export function openMembers(anchor, channel, { workspace, api, toasts, navigation }) {
  const members = channel.members.map((id) => workspace.person(id));
  const others = [...workspace.people.keys()].filter((id) => !channel.members.includes(id));
  const items = members.map((person) => item(person, { open: person.id }));
  if (!workspace.isConversation(channel) && others.length) {
    items.push({ label: `Add to ${workspace.channelLabel(channel.id)}` });
    items.push(...others.map((id) => item(workspace.person(id), { add: id }, icon("attach"))));
  }
  openMenu(anchor, {
    label: "Members",
    className: "popover-people",
    items,
    onChoose: ({ open, add }) => {
      if (add) invite(add);
      else if (open !== workspace.acting) navigation.openConversation(open);
    },
  });

  async function invite(person) {
    try {
      await api.join(workspace.acting, channel.id, person);
    } catch (error) {
      toasts.show(error.message);
    }
  }
}

function item(person, value, mark) {
  const words = h(
    "span",
    { class: "menu-words" },
    h("strong", {}, person.name, standingBadge(person)),
    h("small", {}, person.is_bot ? "App" : person.title),
  );
  return { label: [avatar(person, "small"), words, mark ?? ""], value, test: `member-${person.id}` };
}
