/** Files chosen in a form. Source: docs.slack.dev, "Block Kit: file input element". */

import { fileAddress } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";

const MOST = 10;

/**
 * @param {Object} element
 * @param {string} fieldId
 * @returns {HTMLElement} The control; `chosen` holds Slack's file objects. Each file is handed on by an `upload`
 *   event, which whoever owns the surface answers (actions.js).
 */
export function drawFileInput(element, fieldId) {
  const most = element.max_files ?? MOST;
  const accept = element.filetypes?.map((type) => `.${type}`).join(",");
  const input = h("input", { type: "file", id: fieldId, class: "file-choose", multiple: most > 1, accept });
  const shown = h("ul", { class: "file-chosen" });
  const words = most > 1 ? `Add up to ${most} files` : "Add a file";
  const note = h("p", { class: "field-error", role: "alert" });
  const drop = h("label", { class: "file-drop", for: fieldId }, icon("upload"), h("span", {}, words));
  const control = h(
    "div",
    { class: "file-input", "data-action-id": element.action_id, "data-element": element.type, role: "group" },
    input,
    drop,
    note,
    shown,
  );
  const set = (files) => {
    control.chosen = files;
    shown.replaceChildren(
      ...files.map((file) => drawFile(file, () => set(files.filter((one) => one !== file)))),
    );
    drop.hidden = files.length >= most;
  };
  control.keep = JSON.stringify(element);
  control.adopt = (old) => set(old.chosen ?? []);
  set([]);
  const take = async (files) => {
    note.textContent = "";
    try {
      for (const file of files.slice(0, most - control.chosen.length)) {
        checkKind(file, element.filetypes);
        set([...control.chosen, await uploaded(control, file)]);
      }
      control.dispatchEvent(new Event("input", { bubbles: true }));
    } catch (error) {
      note.textContent = error.message;
    }
  };
  listen(control, input, take);
  return control;
}

function listen(control, input, take) {
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    take([...input.files]).then(() => (input.value = ""));
  });
  control.addEventListener("dragover", (event) => event.preventDefault());
  control.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    take([...event.dataTransfer.files]);
  });
}

function checkKind(file, kinds) {
  const kind = file.name.split(".").at(-1).toLowerCase();
  if (kinds?.length && !kinds.includes(kind)) {
    throw new Error(`${file.name} cannot be used here. Choose a file of these kinds: ${kinds.join(", ")}.`);
  }
}

function uploaded(control, file) {
  return new Promise((resolve, reject) => {
    control.dispatchEvent(new CustomEvent("upload", { bubbles: true, detail: { file, resolve, reject } }));
  });
}

function drawFile(file, onRemove) {
  const isImage = (file.mimetype ?? "").startsWith("image/");
  const remove = { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}` };
  return h(
    "li",
    { class: "file-card", "data-test": "chosen-file" },
    isImage ? h("img", { src: fileAddress(file.id), alt: "" }) : icon("file"),
    h("strong", {}, file.name),
    h("button", { ...remove, on: { click: onRemove } }, icon("close")),
  );
}
