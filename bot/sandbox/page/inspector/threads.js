/** The threads that the record tells of, and the one that is looked at. */

import { h } from "../dom.js";
import { clock } from "../text/time.js";

const MOST = 60;
const LONGEST = 34;

/** Events: `chosen`, `known`. A thread is named `channel/ts` of its first message. */
export class Threads extends EventTarget {
  chosen = "";
  #words = new Map();

  /** @param {import("../state.js").Workspace} workspace */
  constructor(workspace) {
    super();
    this.workspace = workspace;
  }

  /** The newest thread, or "". */
  get newest() {
    return [...this.#words.keys()].at(-1) ?? "";
  }

  /** @param {string} thread "" for all. */
  choose(thread) {
    if (thread && !this.#words.has(thread)) this.#words.set(thread, this.#named(thread, ""));
    this.chosen = thread;
    this.dispatchEvent(new Event("chosen"));
  }

  /** Learn of the thread that an entry is about. */
  meet({ thread, kind, request }) {
    if (!thread || this.#words.has(thread)) return;
    const about = kind === "control" ? request?.text || request?.files?.join(", ") : "";
    this.#words.set(thread, this.#named(thread, about ?? ""));
    if (this.#words.size > MOST) this.#words.delete(this.#words.keys().next().value);
    this.dispatchEvent(new Event("known"));
  }

  /** Forget them. */
  reset() {
    this.#words.clear();
    this.choose("");
  }

  /**
   * A field to choose one in; it follows what becomes known and chosen.
   * @param {string} none What stands for no thread in particular.
   * @param {string} test
   * @returns {HTMLSelectElement}
   */
  drawField(none, test) {
    const field = h("select", { class: "mini-field thread-field", "aria-label": "Thread", "data-test": test });
    const draw = () => {
      const threads = [...this.#words].reverse();
      field.replaceChildren(
        h("option", { value: "" }, none),
        ...threads.map(([value, words]) => h("option", { value }, words)),
      );
      field.value = this.chosen;
    };
    field.addEventListener("change", () => this.choose(field.value));
    this.addEventListener("known", draw);
    this.addEventListener("chosen", draw);
    draw();
    return field;
  }

  #named(thread, about) {
    const [channel, ts] = thread.split("/");
    const short = about.length > LONGEST ? `${about.slice(0, LONGEST)}…` : about;
    return [this.workspace.channelLabel(channel), clock(ts), short].filter(Boolean).join(" · ");
  }
}
