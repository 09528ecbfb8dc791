/** How many messages each person has not seen yet, by channel. */

import { inChannelView } from "./messages/where.js";

/** Counts for every person, so that switching to another one shows what waits for them. */
export class Unread {
  #counts = new Map();

  /** @returns {number} */
  count(person, channel) {
    return this.#counts.get(`${person}/${channel}`) ?? 0;
  }

  /** What waits for a person in these channels together. */
  total(person, channels) {
    return channels.reduce((sum, { id }) => sum + this.count(person, id), 0);
  }

  /**
   * A message came: it waits for those whom it concerns.
   * @param {Object} channel
   * @param {Object} message
   * @param {(person: string) => boolean} isLooking Whether a person has the channel before their eyes.
   */
  note(channel, message, isLooking) {
    for (const person of channel.members) {
      if (person === message.user || isLooking(person) || !concerns(person, message)) continue;
      this.add(person, channel.id);
    }
  }

  /** One more message waits. */
  add(person, channel) {
    this.#counts.set(`${person}/${channel}`, this.count(person, channel) + 1);
  }

  /** A person looks at a channel. */
  read(person, channel) {
    this.#counts.delete(`${person}/${channel}`);
  }

  /** Nothing waits for anybody. */
  clear() {
    this.#counts.clear();
  }
}

/** As in Slack: a reply in a thread is news for who began it and for whom it mentions, not for the whole channel. */
function concerns(person, message) {
  const mentioned = message.text?.includes(`<@${person}>`);
  return inChannelView(message) || message.parent_user_id === person || mentioned;
}
