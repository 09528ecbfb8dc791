/** The live stream from the sandbox, which comes back by itself. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** Server-Sent Events with reconnection; after a gap, `onOpen(true)` asks for everything to be read again. */
export class EventStream {
  #source = null;
  #wait = FIRST_WAIT_MS;
  #opened = false;

  /**
   * @param {string} url
   * @param {{onEvent: (event: Object) => void, onOpen: (again: boolean) => void, onLost: () => void}} handlers
   */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
  }

  /** Connect, and stay connected. */
  start() {
    this.#source = new EventSource(this.url);
    this.#source.onmessage = (message) => this.handlers.onEvent(JSON.parse(message.data));
    this.#source.onopen = () => {
      this.#wait = FIRST_WAIT_MS;
      this.handlers.onOpen(this.#opened);
      this.#opened = true;
    };
    this.#source.onerror = () => this.#retry();
  }

  #retry() {
    // The browser's own retry stops for good when the server answers with an error, so ours takes over.
    this.#source.close();
    this.handlers.onLost();
    setTimeout(() => this.start(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }
}
