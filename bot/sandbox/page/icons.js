/** The page's own line icons, drawn on a 20 × 20 grid. */

import { svg } from "./dom.js";

const PATHS = {
  hash: ["M8 3 6.4 17", "M13.6 3 12 17", "M3.5 7.5h13.2", "M3.2 12.5h13.2"],
  lock: ["M5 9h10v8H5z", "M7 9V6.5a3 3 0 0 1 6 0V9"],
  people: [
    "M7.5 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
    "M2.5 16.5c.3-3 2.3-4.6 5-4.6s4.7 1.6 5 4.6",
    "M13 4.2a2.6 2.6 0 0 1 0 5",
    "M14.5 12.2c1.8.5 2.9 2 3.1 4.3",
  ],
  mask: [
    "M3 5.5c2.3 1 4.6 1.3 7 .2 2.4 1.1 4.7.8 7-.2.4 6-2 10.5-4.7 10.5-1.1 0-1.5-.9-2.3-.9s-1.2.9-2.3.9C5 16 2.6 11.5 3 5.5Z",
    "M6 9.3c1-.8 2.2-.6 2.8.5-1 .6-2.2.5-2.8-.5Z",
    "M14 9.3c-1-.8-2.2-.6-2.8.5 1 .6 2.2.5 2.8-.5Z",
  ],
  thread: ["M3 4.5h14v9.5H9.5L6 17v-3H3z", "M6.5 8h7", "M6.5 10.8h4.5"],
  send: ["M3.5 3.8 17 10 3.5 16.2 5.2 10z", "M5.2 10H11"],
  attach: ["M10 4v12", "M4 10h12"],
  samples: [
    "M3.5 3.5h5.5v5.5H3.5z",
    "M11 3.5h5.5v5.5H11z",
    "M3.5 11h5.5v5.5H3.5z",
    "M13.75 11v5.5",
    "M11 13.75h5.5",
  ],
  close: ["m5 5 10 10", "M15 5 5 15"],
  back: ["M12 4.5 6.5 10l5.5 5.5"],
  down: ["m5.5 8 4.5 4.5L14.5 8"],
  check: ["m4.5 10.5 3.5 3.5 7.5-8"],
  menu: ["M3.5 6h13", "M3.5 10h13", "M3.5 14h13"],
  dots: ["M5 10h.01", "M10 10h.01", "M15 10h.01"],
  inspector: ["M2.5 10.5h3l2.2-6 4 11 2.3-5h3.5"],
  sun: [
    "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z",
    "M10 2v1.8",
    "M10 16.2V18",
    "M2 10h1.8",
    "M16.2 10H18",
    "m4.3 4.3 1.3 1.3",
    "m14.4 14.4 1.3 1.3",
    "m4.3 15.7 1.3-1.3",
    "m14.4 5.6 1.3-1.3",
  ],
  moon: ["M16 12.2A6.6 6.6 0 0 1 7.8 4 6.6 6.6 0 1 0 16 12.2Z"],
  eye: [
    "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Z",
    "M10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  ],
  file: ["M5 2.8h6.5L15 6.3v10.9H5z", "M11.3 3v3.5H15"],
  external: ["M8 4.5H4.5v11h11V12", "M11.5 4h4.5v4.5", "m15.8 4.2-6.3 6.3"],
  warning: ["M10 3.5 17.5 16.5h-15z", "M10 8.2v4", "M10 14.3v.01"],
  link: [
    "M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1",
    "M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1",
  ],
  copy: ["M7 7h9.5v9.5H7z", "M4.5 13H3.5V3.5H13v1"],
  drop: ["M10 3v9", "m6.2 8.5 3.8 3.8 3.8-3.8", "M3.5 13.5v3h13v-3"],
};

/**
 * @param {keyof PATHS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  return svg(PATHS[name], `icon icon-${name}`);
}

/**
 * The icon of a kind of conversation.
 * @param {{kind: "channel"|"private"|"im"|"mpim"}} channel
 * @returns {SVGElement}
 */
export function channelIcon({ kind }) {
  const names = { channel: "hash", private: "lock", im: "mask", mpim: "people" };
  return icon(names[kind] ?? "hash");
}
