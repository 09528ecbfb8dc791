/** Pictures in messages: where their bytes come from, and what stands there when they cannot be shown. */

import { fileAddress } from "../api.js";
import { h, safeLink } from "../dom.js";
import { icon } from "../icons.js";

const RETRY_AFTER_MS = 10_000;

/** When a picture failed to load; remembered so that redrawing a message at once does not flicker. */
const failures = new Map();

/**
 * The address of an image block or element, or null when this page must not load it.
 * @param {{slack_file?: {id?: string, url?: string}, image_url?: string}} image
 * @returns {string|null}
 */
export function imageSource(image) {
  const fileId = image.slack_file?.id ?? /[/-](F[A-Z0-9]{5,})\b/.exec(image.slack_file?.url ?? "")?.[1];
  if (fileId) return fileAddress(fileId);
  return image.image_url && isLocal(image.image_url) ? image.image_url : null;
}

/**
 * A picture that opens large on click.
 * @param {{src: string|null, alt: string, title?: string, width?: number, height?: number, className: string}} picture
 *   Width and height in pixels keep the place before the bytes are there.
 * @returns {HTMLElement}
 */
export function zoomable({ src, alt, title, width, height, className }) {
  if (!src || hasFailed(src)) return missing(alt, className);
  const label = `Enlarge ${alt || title || "image"}`;
  return h(
    "button",
    {
      type: "button",
      class: `picture ${className}`,
      "data-zoom": src,
      "data-title": title ?? alt,
      "aria-label": label,
    },
    h("img", { src, alt, width, height, decoding: "async", draggable: "false" }),
  );
}

/**
 * A picture, or, where this page must not load it, its description and its address to follow.
 * @param {{src: string|null, alt: string, title?: string, className: string, address?: string}} picture
 * @returns {HTMLElement}
 */
export function pictureOrAddress(picture) {
  const href = !picture.src && picture.address && safeLink(picture.address);
  if (!href) return zoomable(picture);
  return h(
    "span",
    { class: "picture-elsewhere", "data-test": "picture-elsewhere" },
    icon("warning"),
    h(
      "span",
      {},
      h("strong", {}, picture.alt || picture.title || "Picture"),
      h("a", { href, target: "_blank", rel: "noopener noreferrer" }, picture.address),
      h("small", {}, "Not shown: this page loads nothing from elsewhere. Slack would show the picture."),
    ),
  );
}

/** A small picture that is not clickable, such as one in a context block. */
export function thumbnail({ src, alt, className }) {
  if (!src || hasFailed(src)) return missing(alt, className);
  return h("img", { class: `picture ${className}`, src, alt, title: alt, decoding: "async" });
}

/**
 * Note that a picture cannot be shown and put its description there. For `error` events, captured.
 * @param {Event} event
 */
export function replaceBroken(event) {
  const image = event.target;
  if (!(image instanceof HTMLImageElement)) return;
  const picture = image.closest(".picture");
  if (!picture) return;
  failures.set(image.getAttribute("src"), Date.now());
  const kind = [...picture.classList].find((name) => name !== "picture");
  picture.replaceWith(missing(image.alt, kind));
}

function hasFailed(src) {
  return Date.now() - (failures.get(src) ?? 0) < RETRY_AFTER_MS;
}

function missing(alt, className) {
  return h(
    "span",
    { class: `picture-missing ${className}`, title: alt },
    icon("warning"),
    h("span", {}, alt || "No preview"),
  );
}

function isLocal(address) {
  const url = new URL(address, location.href);
  return url.origin === location.origin || url.protocol === "blob:" || /^data:image\//.test(address);
}
