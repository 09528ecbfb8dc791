/** Writing a message: text, images, samples. */

import { EMPTY_DRAFT, inPostingOrder, isSendable, postForm } from "./draft.js";
import { h } from "../dom.js";
import { pastedFiles } from "./drop.js";
import { icon } from "../icons.js";
import { morph } from "../morph.js";
import { openSamplePicker } from "./samples.js";
import { drawTray, fromFile, fromSample, release } from "./tray.js";

/** A message editor that keeps one draft for each place (channel or thread) it is shown for. */
export class Composer {
  #drafts = new Map();
  #attachments = [];
  #place = { channel: "", thread: null };
  #sending = false;

  /**
   * @param {{workspace: import("../state.js").Workspace, api: import("../api.js").ControlApi,
   *   inThread?: boolean, onPosted: (message: Object) => void, onProblem: (words: string) => void}} options
   */
  constructor({ workspace, api, inThread = false, onPosted, onProblem }) {
    this.workspace = workspace;
    this.api = api;
    this.onPosted = onPosted;
    this.onProblem = onProblem;
    this.#build(inThread);
    this.#listen();
  }

  /** Edit the draft of another place. */
  show(channel, thread, placeholder) {
    this.#drafts.set(this.#place.channel + this.#place.thread, this.#draft());
    this.#place = { channel, thread };
    this.text.placeholder = placeholder;
    this.text.setAttribute("aria-label", placeholder);
    const label = this.workspace.channelLabel(channel);
    this.broadcastLabel.textContent = label.startsWith("#")
      ? `Also send to ${label}`
      : "Also send as a direct message";
    this.#load(this.#drafts.get(channel + thread) ?? EMPTY_DRAFT);
  }

  /** Put the caret into the text. */
  focus() {
    this.text.focus();
  }

  /** Let the person choose files from disk. */
  browse() {
    this.fileInput.click();
  }

  /** @param {File[]} files */
  addFiles(files) {
    this.#setAttachments([...this.#attachments, ...files.map(fromFile)]);
    this.focus();
  }

  /** Add a sample to the post, or take it out again. */
  toggleSample(sample) {
    const attachment = fromSample(sample);
    const others = this.#attachments.filter((one) => one.key !== attachment.key);
    this.#setAttachments(others.length < this.#attachments.length ? others : [...others, attachment]);
  }

  /** Post the draft. */
  async send() {
    const draft = this.#draft();
    if (this.#sending || !isSendable(draft)) return;
    this.#setSending(true);
    try {
      const { message } = await this.api.post(postForm(draft, this.#place, this.workspace.acting));
      release(draft.attachments);
      this.#load(EMPTY_DRAFT);
      this.onPosted(message);
    } catch (error) {
      this.onProblem(error.message);
    } finally {
      this.#setSending(false);
    }
  }

  #draft() {
    return {
      text: this.text.value,
      alt: this.alt.value,
      broadcast: this.broadcast.checked,
      attachments: this.#attachments,
    };
  }

  #load({ text, alt, broadcast, attachments }) {
    this.text.value = text;
    this.alt.value = alt;
    this.broadcast.checked = broadcast;
    this.#setAttachments(attachments);
  }

  #setAttachments(attachments) {
    this.#attachments = inPostingOrder(attachments);
    morph(this.tray, drawTray(this.#attachments));
    this.#refresh();
  }

  #setSending(sending) {
    this.#sending = sending;
    this.element.classList.toggle("is-sending", sending);
    this.#refresh();
  }

  #refresh() {
    this.alt.hidden = this.#attachments.length === 0;
    this.sendButton.disabled = this.#sending || !isSendable(this.#draft());
  }

  #build(inThread) {
    this.text = h("textarea", {
      rows: "1",
      class: "composer-text",
      "data-test": "composer-input",
      enterkeyhint: "send",
    });
    this.tray = drawTray([]);
    this.alt = h("input", {
      type: "text",
      class: "composer-alt",
      maxlength: 1000,
      placeholder: "Describe the first image (alt text, optional)",
      "aria-label": "Alt text of the first image",
      "data-test": "alt-text",
    });
    this.broadcast = h("input", { type: "checkbox", "data-test": "broadcast" });
    this.broadcastLabel = h("span");
    this.fileInput = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      "aria-label": "Attach files",
      "data-test": "file-input",
    });
    const broadcast =
      inThread && h("label", { class: "composer-broadcast" }, this.broadcast, this.broadcastLabel);
    const parts = [this.text, this.tray, this.alt, broadcast, this.#buildBar(), this.fileInput];
    this.element = h("form", { class: "composer", "data-test": "composer" }, ...parts);
  }

  #buildBar() {
    this.attachButton = h("button", tool("Attach images", "attach"), icon("attach"));
    const popup = { "aria-haspopup": "dialog", "aria-expanded": "false" };
    this.samplesButton = h(
      "button",
      { ...tool("Sample mascots", "samples"), ...popup },
      icon("samples"),
      h("span", {}, "Samples"),
    );
    this.sendButton = h(
      "button",
      { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)", "data-test": "send" },
      icon("send"),
    );
    const hint = h(
      "span",
      { class: "composer-hint", "aria-hidden": "true" },
      h("kbd", {}, "Shift"),
      "+",
      h("kbd", {}, "Enter"),
      " new line",
    );
    return h("div", { class: "composer-bar" }, this.attachButton, this.samplesButton, hint, this.sendButton);
  }

  #listen() {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.element.addEventListener("input", () => this.#refresh());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("paste", (event) => this.#paste(event));
    this.attachButton.addEventListener("click", () => this.browse());
    this.samplesButton.addEventListener("click", () => this.#pickSample());
    this.fileInput.addEventListener("change", () => {
      this.addFiles([...this.fileInput.files]);
      this.fileInput.value = "";
    });
    this.tray.addEventListener("click", (event) => this.#removeClicked(event));
    this.tray.addEventListener(
      "error",
      (event) => event.target.closest("li").classList.add("is-broken"),
      true,
    );
  }

  #key(event) {
    const typing = event.target === this.text || event.target === this.alt;
    if (!typing || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  #paste(event) {
    const files = pastedFiles(event);
    if (!files.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  #pickSample() {
    openSamplePicker(this.samplesButton, {
      samples: this.workspace.samples,
      isChosen: (name) => this.#attachments.some((one) => one.sample === name),
      onToggle: (sample) => this.toggleSample(sample),
    });
  }

  #removeClicked(event) {
    const key = event.target.closest("[data-remove]")?.dataset.remove;
    if (!key) return;
    release(this.#attachments.filter((one) => one.key === key));
    this.#setAttachments(this.#attachments.filter((one) => one.key !== key));
    this.focus();
  }
}

function tool(label, test) {
  return { type: "button", class: "tool", "aria-label": label, title: label, "data-test": test };
}
