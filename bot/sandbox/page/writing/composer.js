/** Writing a message: text, images, samples. */

import { Completion } from "./completion.js";
import { EMPTY_DRAFT, inPostingOrder, isSendable, postForm } from "./draft.js";
import { h } from "../dom.js";
import { pastedFiles } from "./drop.js";
import { icon } from "../icons.js";
import { morph } from "../morph.js";
import { openPlusMenu } from "./plus-menu.js";
import { openSamplePicker } from "./samples.js";
import { THREAD_NOTE, readCommand, suggest } from "./suggestions.js";
import { drawTray, fromFile, fromSample, release } from "./tray.js";

/**
 * A message editor that keeps one draft for each place (channel or thread) it is shown for.
 *
 * What is written while the page loads is sent from the first place shown.
 */
export class Composer {
  #drafts = new Map();
  #attachments = [];
  #place = { channel: "", thread: null };
  #sending = false;

  /**
   * @param {{workspace: import("../state.js").Workspace, api: import("../api.js").ControlApi,
   *   inThread?: boolean, onPosted: (message: Object) => void, onProblem: (words: string) => void,
   *   onEditLast: () => void}} options `onEditLast`: the arrow up in an empty field.
   */
  constructor({ workspace, api, inThread = false, onPosted, onProblem, onEditLast }) {
    Object.assign(this, { workspace, api, inThread, onPosted, onProblem, onEditLast });
    this.#build(inThread);
    this.#listen();
    this.#refresh();
  }

  /** Edit the draft of another place. */
  show(channel, thread, placeholder) {
    const written = this.#draft();
    const first = this.#isLoading() ? written : EMPTY_DRAFT;
    this.#drafts.set(this.#place.channel + this.#place.thread, written);
    this.#place = { channel, thread };
    this.text.placeholder = placeholder;
    this.text.setAttribute("aria-label", placeholder);
    const label = this.workspace.channelLabel(channel);
    this.broadcastLabel.textContent = label.startsWith("#")
      ? `Also send to ${label}`
      : "Also send as a direct message";
    this.#load(this.#drafts.get(channel + thread) ?? first);
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
    if (this.#isLoading() || this.#sending || !isSendable(draft)) return;
    // As in Slack, a space before the slash makes it a message.
    const typed = draft.attachments.length || draft.text.startsWith(" ") ? null : readCommand(draft.text);
    await this.#whileSending(() => (typed ? this.#runCommand(typed) : this.#post(draft)));
  }

  async #post(draft) {
    const { message } = await this.api.post(postForm(draft, this.#place, this.workspace.acting));
    release(draft.attachments);
    this.#load(EMPTY_DRAFT);
    this.onPosted(message);
  }

  async #runCommand({ command, text }) {
    if (this.inThread) throw new Error(THREAD_NOTE);
    if (!this.workspace.commands.some((known) => known.command === command)) {
      throw new Error(`${command} is not a command here. To send it as a message, put a space before it.`);
    }
    // The field is free for the next words at once; Slack, too, does not wait for the app.
    this.#load(EMPTY_DRAFT);
    await this.api.command({ as: this.workspace.acting, channel: this.#place.channel, command, text });
  }

  async #useShortcut(callbackId) {
    await this.#whileSending(() => this.api.shortcut({ as: this.workspace.acting, callback_id: callbackId }));
  }

  async #whileSending(call) {
    this.#setSending(true);
    try {
      await call();
    } catch (error) {
      this.onProblem(error.message);
    } finally {
      this.#setSending(false);
    }
  }

  #isLoading() {
    return !this.#place.channel;
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
    this.completion.refresh();
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
    this.sendButton.disabled = this.#isLoading() || this.#sending || !isSendable(this.#draft());
  }

  #build(inThread) {
    this.text = h("textarea", {
      rows: "1",
      class: "composer-text",
      placeholder: "Loading…",
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
    this.completion = new Completion(this.text, {
      workspace: this.workspace,
      suggest: (text, caret) =>
        suggest(text, caret, { workspace: this.workspace, channel: this.#place.channel, inThread }),
    });
    const parts = [
      this.completion.element,
      this.text,
      this.tray,
      this.alt,
      broadcast,
      this.#buildBar(),
      this.fileInput,
    ];
    this.element = h("form", { class: "composer", "data-test": "composer" }, ...parts);
  }

  #buildBar() {
    const menu = { "aria-haspopup": "menu", "aria-expanded": "false" };
    this.plusButton = h("button", { ...tool("Add files and more", "plus"), ...menu }, icon("attach"));
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
    return h("div", { class: "composer-bar" }, this.plusButton, this.samplesButton, hint, this.sendButton);
  }

  #listen() {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.element.addEventListener("input", () => this.#refresh());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("paste", (event) => this.#paste(event));
    this.plusButton.addEventListener("click", () => this.#openPlusMenu());
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
    if (event.target === this.text && this.completion.key(event)) return;
    if (event.key === "ArrowUp" && event.target === this.text && !isSendable(this.#draft())) {
      event.preventDefault();
      this.onEditLast();
    }
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

  #openPlusMenu() {
    openPlusMenu(this.plusButton, {
      workspace: this.workspace,
      onBrowse: () => this.browse(),
      onSamples: () => this.#pickSample(),
      onShortcut: (callbackId) => this.#useShortcut(callbackId),
    });
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
