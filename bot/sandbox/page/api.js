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
   * @param {{channel: string, as: string, thread_ts?: string}} query Without `thread_ts` the channel's view.
   * @returns {Promise<{messages: Object[]}>} Oldest first.
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

  async #call(url, options) {
    let response;
    try {
      response = await fetch(url, options);
    } catch {
      throw new ControlError("unreachable", "The sandbox is not reachable. Is it still running?");
    }
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
