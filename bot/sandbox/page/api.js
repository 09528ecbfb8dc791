/** Calls to the sandbox server, all on this origin. */

/** An answer that is not a success; `message` is written for people. */
export class ControlError extends Error {
  /**
   * @param {string} code The server's error code, `unreachable` or `unexpected`.
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "ControlError";
    this.code = code;
  }
}

/** The sandbox server's control calls. Every method rejects with ControlError. */
export class ControlApi {
  /** @returns {Promise<Object>} The workspace: team, app, people, channels, samples. */
  state() {
    return this.#get("state");
  }

  /**
   * @param {{channel: string, as: string, thread_ts?: string, limit?: number, before?: string}} query Without
   *   `thread_ts` the channel's view; `limit` and `before` (a ts) ask for one page of it.
   * @returns {Promise<{messages: Object[], has_more?: boolean}>} Oldest first.
   */
  messages(query) {
    return this.#get("messages", query);
  }

  /**
   * @param {FormData} form as, channel, text, thread_ts?, broadcast?, file*, sample*, alt?
   * @returns {Promise<{message: Object}>}
   */
  post(form) {
    return this.#send("post", form);
  }

  /** @param {Object} action A click or choice in a message or a view. */
  action(action) {
    return this.#send("action", action);
  }

  /** @param {{as: string, channel: string, command: string, text: string}} typed A slash command. */
  command(typed) {
    return this.#send("command", typed);
  }

  /** @param {{as: string, callback_id: string, channel?: string, message_ts?: string}} chosen A shortcut. */
  shortcut(chosen) {
    return this.#send("shortcut", chosen);
  }

  /** @param {{as: string, channel: string, ts: string, text: string}} change Own messages only. */
  edit(change) {
    return this.#send("edit", change);
  }

  /** @param {{as: string, channel: string, ts: string}} message Own messages only. */
  remove(message) {
    return this.#send("delete", message);
  }

  /** @param {{as: string, channel: string, ts: string}} message One that only this person sees. */
  dismiss(message) {
    return this.#send("dismiss", message);
  }

  /** @param {{as: string, channel: string, ts: string, name: string, on: boolean}} reaction */
  react(reaction) {
    return this.#send("react", reaction);
  }

  /**
   * @param {{as: string, channel: string, from_channel: string, ts: string, text: string}} forwarded `channel`
   *   says where to.
   */
  forward(forwarded) {
    return this.#send("forward", forwarded);
  }

  /** @returns {Promise<{view: Object|null}>} The Home tab that the app published for this person. */
  home(as) {
    return this.#get("home", { as });
  }

  /** Tell the app that a person opened it. @param {"home"|"messages"} tab */
  openHome(as, tab) {
    return this.#send("home", { as, tab });
  }

  /**
   * @param {Object} query as, action_id, block_id, value, and view_id or channel and message_ts.
   * @returns {Promise<{options?: Object[], option_groups?: Object[]}>} What the app offers for these words.
   */
  options(query) {
    return this.#send("options", query);
  }

  /** @returns {Promise<{file: Object}>} A file for a form, uploaded. */
  upload(as, file) {
    const form = new FormData();
    form.set("as", as);
    form.set("file", file, file.name);
    return this.#send("upload", form);
  }

  /** Invite somebody, the app too, into a channel. */
  join(as, channel, user) {
    return this.#send("join", { as, channel, user });
  }

  /** @returns {Promise<{channel: Object}>} The direct message with these people. */
  openConversation(as, users) {
    return this.#send("open_dm", { as, users });
  }

  /** @returns {Promise<{view: Object|null}>} The person's top modal. */
  view(as) {
    return this.#get("view", { as });
  }

  /** @returns {Promise<{ok: boolean, view?: Object|null, errors?: Object<string, string>}>} */
  submitView(as, viewId, values) {
    return this.#send("view/submit", { as, view_id: viewId, values });
  }

  /** @returns {Promise<{ok: boolean, view: Object|null}>} What lies below. */
  closeView(as, viewId) {
    return this.#send("view/close", { as, view_id: viewId });
  }

  /** @returns {Promise<{entries: Object[]}>} Entries with a number greater than `after`. */
  inspector(after) {
    return this.#get("inspector", { after });
  }

  /** @returns {Promise<{text: string|null}>} An entry as `curl` or `fixture`. */
  copyOf(n, as) {
    return this.#get(`inspector/${n}/copy`, { as });
  }

  /** @returns {Promise<{timeline: Object|null}>} One intake of a thread; a negative number counts from the last. */
  timeline(thread, number) {
    return this.#get("timeline", { thread, number });
  }

  /** @returns {Promise<{available: Object[], calls: Object, armed: Object[], conditions: Object[]}>} */
  faults() {
    return this.#get("faults");
  }

  /** @param {{service: string, operation: string, fault: string, times: number|null}} wanted */
  arm(wanted) {
    return this.#send("faults", wanted);
  }

  /** @param {string} [id] One of them; all when not given. */
  clearFaults(id) {
    return this.#send("faults/clear", { id });
  }

  /** @param {{name: string, on: boolean, value?: *}} wanted */
  setCondition(wanted) {
    return this.#send("conditions", wanted);
  }

  /** @returns {Promise<{steps: Object[]}>} What was done since the beginning. */
  steps() {
    return this.#get("steps");
  }

  /** @returns {Promise<Response>} The run so far, to be saved. */
  recording() {
    return this.#fetch("/_control/recording");
  }

  /** @returns {Promise<Response>} People, channels and mascots as YAML. */
  seed() {
    return this.#fetch("/_control/seed");
  }

  /** @returns {Promise<Response>} Everything there is. */
  snapshot() {
    return this.#fetch("/_control/snapshot");
  }

  /** @param {{recording: Object, from_step?: number, until_step?: number}} play */
  replay(play) {
    return this.#send("replay", play);
  }

  /** @param {{seed?: string, snapshot?: Object}} beginning */
  reset(beginning) {
    return this.#send("reset", beginning);
  }

  #get(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = new URLSearchParams(given);
    return this.#call(`/_control/${path}?${search}`, { headers: { Accept: "application/json" } });
  }

  #send(path, body) {
    // A foreign page cannot set this header without asking first; the server insists on it.
    const headers = { "X-Masko-Sandbox": "1" };
    if (body instanceof FormData) return this.#call(`/_control/${path}`, { method: "POST", headers, body });
    headers["Content-Type"] = "application/json";
    return this.#call(`/_control/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #fetch(url, options) {
    try {
      return await fetch(url, options);
    } catch {
      throw new ControlError("unreachable", "The sandbox is not reachable. Is it still running?");
    }
  }

  async #call(url, options) {
    const response = await this.#fetch(url, options);
    const answer = await response.json().catch(() => null);
    if (answer && !("error" in answer) && response.ok) return answer;
    const words = answer?.message ?? `The sandbox answered with status ${response.status}.`;
    throw new ControlError(answer?.error ?? "unexpected", words);
  }
}

/**
 * The address of a file's bytes for this page.
 * @param {string} fileId
 * @returns {string}
 */
export function fileAddress(fileId) {
  return `/_control/file/${encodeURIComponent(fileId)}`;
}
