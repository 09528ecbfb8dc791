/** How an emoji is shown: the character, or, on a machine without a font for it, a drawing or its name. */

import { h, svg } from "../dom.js";
import { emoji } from "./emoji.js";

const FACE = ["M10 18.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z"];
const EYES = "M6.8 7.2v1.6M13.2 7.2v1.6";

/** Drawings on a 20 × 20 grid: filled shapes in a colour, and lines over them. */
const DRAWN = {
  "+1": {
    color: "#f2b234",
    fills: [
      "M3 9h3v8.5H3z",
      "M7 9l3.2-6.5c2.2 0 2.6 1.5 2 4.7h4.3c1.3 0 1.8 1 1.5 2l-1.8 6.7c-.3 1-1 1.6-2 1.6H7z",
    ],
  },
  "-1": {
    color: "#f2b234",
    fills: [
      "M3 2.5h3V11H3z",
      "M7 11l3.2 6.5c2.2 0 2.6-1.5 2-4.7h4.3c1.3 0 1.8-1 1.5-2l-1.8-6.7c-.3-1-1-1.6-2-1.6H7z",
    ],
  },
  heart: {
    color: "#e0344b",
    fills: [
      "M10 17.5C4.5 13.5 2 10.7 2 7.5 2 5 3.8 3.2 6 3.2c1.7 0 3.1.9 4 2.5.9-1.6 2.3-2.5 4-2.5 2.2 0 4 1.8 4 4.3 0 3.2-2.5 6-8 10Z",
    ],
  },
  fire: {
    color: "#ee6a1f",
    fills: [
      "M10.5 1.5c.6 3.5 5 5.2 5 10a5.6 5.6 0 0 1-11.1 0c0-2.3 1.1-3.7 2.3-4.9.2 1.4.7 2.1 1.5 2.5-.3-2.9.3-5.6 2.3-7.6Z",
    ],
  },
  star: {
    color: "#f2b234",
    fills: ["m10 1.8 2.5 5.3 5.8.7-4.3 4 1.1 5.8L10 14.8l-5.1 2.8L6 11.8l-4.3-4 5.8-.7z"],
  },
  white_check_mark: {
    color: "#2f9e5b",
    fills: [
      "M3.5 2h13A1.5 1.5 0 0 1 18 3.5v13a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 2 16.5v-13A1.5 1.5 0 0 1 3.5 2Z",
    ],
    lines: ["m5.8 10.3 3 3 5.6-6.4"],
    line: "#fff",
  },
  x: { color: "none", fills: [], lines: ["m4.5 4.5 11 11M15.5 4.5l-11 11"], line: "#d8344a" },
  eyes: {
    color: "#fff",
    fills: [
      "M6 15.5c2 0 3.5-2.5 3.5-5.5S8 4.5 6 4.5 2.5 7 2.5 10 4 15.5 6 15.5Z",
      "M14 15.5c2 0 3.5-2.5 3.5-5.5S16 4.5 14 4.5 10.5 7 10.5 10 12 15.5 14 15.5Z",
    ],
    edge: "#8d9793",
    lines: ["M7 9v2.5M15 9v2.5"],
    line: "#20302d",
  },
  tada: {
    color: "#f2b234",
    fills: ["M2.5 18 7 7l6 6z"],
    lines: ["M11 8c1-2.5.5-4-1-6M13 10c2-.5 3.5-.5 5 .5M12.5 8.5l3-3.5M16.5 3v.01M17.5 14.5v.01"],
    line: "#3a7be0",
  },
  raised_hands: {
    color: "#f2b234",
    fills: [
      "M3 9V4.5M8.5 17.5H5c-1.5-2-2.5-4.5-2.5-8.5V4c1.3-.5 2 .2 2 1.3V9l1-6c1.3-.4 2 .3 1.8 1.5L6.8 9c2.2.6 2.7 2.5 2.2 5z",
      "M11.5 17.5H15c1.5-2 2.5-4.5 2.5-8.5V4c-1.3-.5-2 .2-2 1.3V9l-1-6c-1.3-.4-2 .3-1.8 1.5l.5 4.5c-2.2.6-2.7 2.5-2.2 5z",
    ],
  },
  joy: {
    color: "#f2b234",
    fills: FACE,
    lines: ["M5.3 8.3c.8-1 1.9-1 2.7 0M12 8.3c.8-1 1.9-1 2.7 0M5.8 11.5c.9 3.8 7.5 3.8 8.4 0z"],
    line: "#6b4a08",
  },
  smile: { color: "#f2b234", fills: FACE, lines: [EYES, "M6 11.8c1.8 3 6.2 3 8 0"], line: "#6b4a08" },
  fox_face: {
    color: "#ee7b30",
    fills: ["M3 2.5 7.5 6h5L17 2.5l.5 8.5L10 18 2.5 11z"],
    lines: ["M7 10v1M13 10v1M9.5 14.5h1"],
    line: "#20302d",
  },
};

let known = null;

/**
 * @param {string} name Without colons.
 * @returns {Node} Decorative: whoever shows it says the name.
 */
export function emojiFace(name) {
  const character = emoji(name);
  if (character && hasEmojiFont()) return document.createTextNode(character);
  const drawn = DRAWN[name];
  return drawn ? draw(drawn) : document.createTextNode(`:${name}:`);
}

/** Whether this machine draws emoji, rather than an empty box. */
export function hasEmojiFont() {
  known ??= looksColoured("😀");
  return known;
}

/** A colour font paints more than the one colour it is asked for. */
function looksColoured(character) {
  const canvas = h("canvas", { width: 24, height: 24 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = "18px sans-serif";
  context.textBaseline = "top";
  context.fillText(character, 2, 2);
  const { data } = context.getImageData(0, 0, 24, 24);
  return data.some((value, index) => index % 4 !== 3 && value > 40);
}

function draw({ color, fills, lines = [], line = "none", edge = "none" }) {
  const element = svg([...fills, ...lines], "emoji-drawn");
  [...element.children].forEach((path, index) => {
    const filled = index < fills.length;
    path.setAttribute("fill", filled ? color : "none");
    path.setAttribute("stroke", filled ? edge : line);
  });
  return element;
}
