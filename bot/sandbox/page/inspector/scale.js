/** From milliseconds to a place on the screen, with long gaps folded so that the rest can be seen. */

const FOLD_FROM = 0.3; // of the time that is not this gap
const FOLDED_TO = 0.07; // of the width
const TICKS = 6;
const STEPS = [1, 2, 5];

/** A scale from 0 to 100 percent. */
export class Scale {
  /**
   * @param {number} total Milliseconds.
   * @param {{start_ms: number, ms: number}[]} gaps Those that are long are folded.
   */
  constructor(total, gaps) {
    this.total = Math.max(total, 1);
    this.folded = gaps.filter(({ ms }) => ms > FOLD_FROM * Math.max(this.total - ms, 1) && ms > 250);
    const open = this.total - this.folded.reduce((sum, { ms }) => sum + ms, 0);
    this.foldedTo = (Math.max(open, 1) * FOLDED_TO) / Math.max(1 - FOLDED_TO * this.folded.length, FOLDED_TO);
    this.width = Math.max(open, 1) + this.foldedTo * this.folded.length;
  }

  /** Whether this gap is drawn shorter than it is. */
  isFolded(gap) {
    return this.folded.includes(gap);
  }

  /** @returns {string} The place of a moment, such as `12.5%`. */
  percent(ms) {
    return `${this.#at(ms).toFixed(3)}%`;
  }

  /** @returns {string} The width of a time that begins at `start`. */
  size(start, ms) {
    return `${(this.#at(start + ms) - this.#at(start)).toFixed(3)}%`;
  }

  /** Round moments to write on the axis, none of them inside a folded gap. */
  ticks() {
    const rough = this.width / TICKS;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * (STEPS.find((each) => each * power >= rough) ?? 10);
    const count = Math.min(Math.floor(this.total / step), 200);
    const moments = Array.from({ length: count + 1 }, (_, index) => index * step);
    const seen = moments.filter((ms) => !this.folded.some((gap) => ms > gap.start_ms && ms < gap.start_ms + gap.ms));
    return seen.filter((ms, index) => index === 0 || this.#at(ms) - this.#at(seen[index - 1]) > 5);
  }

  #at(ms) {
    const saved = this.folded.reduce((sum, gap) => {
      const within = Math.min(Math.max(ms - gap.start_ms, 0), gap.ms);
      return sum + within * (1 - this.foldedTo / gap.ms);
    }, 0);
    return (100 * (ms - saved)) / this.width;
  }
}
