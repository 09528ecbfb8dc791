/** Drawing the files of a message. */

import { fileAddress } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { zoomable } from "../blocks/images.js";

/** Bounds in pixels: of a lone picture, of one among several. */
const BOUNDS = {
  channel: [
    { width: 360, height: 280 },
    { width: 200, height: 160 },
  ],
  thread: [
    { width: 300, height: 160 },
    { width: 150, height: 120 },
  ],
};

/** What a browser can draw; anything else is shown as a card with its name. */
const DRAWABLE = /^image\/(png|jpeg|gif|webp|svg\+xml|avif|bmp)$/;

/**
 * @param {Object[]} files Slack's file objects.
 * @param {"channel"|"thread"} view Threads are narrow and draw smaller.
 * @returns {HTMLElement}
 */
export function drawFiles(files, view) {
  const [alone, amongOthers] = BOUNDS[view];
  const largest = files.length > 1 ? amongOthers : alone;
  return h("div", { class: "files", "data-key": "files" }, ...files.map((file) => drawFile(file, largest)));
}

/** Such as `312 KB`. */
function readableSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function drawFile(file, largest) {
  if (file.mode === "tombstone") return card(file, "This file was deleted.");
  if (file.mode === "hidden_by_limit") return card(file, "Hidden by the workspace's limit.");
  if (!DRAWABLE.test(file.mimetype ?? "")) return card(file);
  const { width, height } = fitted(file, largest);
  const alt = file.alt_txt ?? "";
  const title = file.title || file.name;
  return h(
    "figure",
    { class: "file-image", "data-key": file.id, "data-file-id": file.id },
    zoomable({
      src: fileAddress(file.id),
      alt: alt || title,
      title,
      width,
      height,
      className: "picture-file",
    }),
    h("figcaption", { title: alt }, file.name, alt && h("span", { class: "alt-badge", title: alt }, "ALT")),
  );
}

function card(file, words) {
  const kind = file.pretty_type || file.filetype || file.mimetype || "File";
  const facts =
    words ?? [kind.toUpperCase(), file.size >= 0 && readableSize(file.size)].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "file-card", "data-key": file.id, "data-file-id": file.id },
    icon("file"),
    h("div", {}, h("strong", {}, file.title || file.name || "File"), h("small", {}, facts)),
  );
}

/** The size to draw at: within bounds, never enlarged, known before the bytes are there. */
function fitted(file, largest) {
  const { original_w: width, original_h: height } = file;
  if (!width || !height) return {};
  const scale = Math.min(1, largest.width / width, largest.height / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
