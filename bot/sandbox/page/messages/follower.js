/** Keeping the newest message in sight while one reads the end of a list, and only then. */

import { h } from "../dom.js";
import { icon } from "../icons.js";

const NEAR_BOTTOM_PX = 80;
const NEAR_TOP_PX = 600;

/** Follows the end of a scrolling list until its reader goes up, and then offers to go back. */
export class Follower {
  #following = true;
  /** Where the newest message stood when the end was last in sight. */
  #pin = null;
  #unseen = false;
  #awaited = false;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} body What grows in it.
   * @param {{newest: () => HTMLElement|undefined, onNearTop: () => void}} list `onNearTop`: the reader is near the
   *   beginning of what is there.
   */
  constructor(scroller, body, { newest, onNearTop }) {
    Object.assign(this, { scroller, newest, onNearTop });
    const props = { type: "button", class: "newer", hidden: true, on: { click: () => this.goToEnd() } };
    this.button = h("button", props, icon("down"), "New messages");
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const watcher = new ResizeObserver(() => this.#grown());
    watcher.observe(body);
    watcher.observe(scroller);
  }

  /** Whether the newest message stays in sight. */
  get isFollowing() {
    return this.#following;
  }

  /** Go to the newest message and stay there. */
  goToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#settle();
  }

  /** Stay where one is. */
  rest() {
    this.#following = false;
    this.#offer();
  }

  /** A message came. */
  note() {
    this.#unseen = true;
    this.#offer();
    this.#lookSoon();
  }

  /** Messages above were forgotten: nobody scrolled, and where as much went as came, the list did not grow. */
  shrunk() {
    this.#pin = null;
    this.#lookSoon();
  }

  /** Another list stands here now. */
  forget() {
    this.#pin = null;
    this.#unseen = false;
    this.#following = true;
    this.#offer();
  }

  #settle() {
    this.#following = true;
    this.#unseen = false;
    this.#offer();
    const element = this.newest();
    const { scrollTop } = this.scroller;
    this.#pin = element ? { element, top: this.#topOf(element), scrollTop } : null;
  }

  #lookSoon() {
    if (this.#awaited) return;
    this.#awaited = true;
    requestAnimationFrame(() => {
      this.#awaited = false;
      this.#grown();
    });
  }

  #offer() {
    this.button.hidden = this.#following || !this.#unseen;
  }

  #topOf(element) {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  /**
   * Whether the reader went up: then the list was scrolled back and the pinned message went down. Either alone
   * happens without a reader: messages above turn out higher than was thought, or are forgotten.
   */
  #hasGoneUp() {
    if (!this.#pin?.element.isConnected || this.scroller.scrollTop >= this.#pin.scrollTop) return false;
    return this.#topOf(this.#pin.element) - this.#pin.top > NEAR_BOTTOM_PX;
  }

  /** A new message, or a card that fills in. */
  #grown() {
    if (!this.#following) return;
    if (this.#hasGoneUp()) this.rest();
    else this.goToEnd();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX) this.#settle();
    else if (this.#hasGoneUp()) this.rest();
    if (scrollTop < NEAR_TOP_PX && !this.#following) this.onNearTop();
  }
}
