/** Where messages are written: a field that grows, with the answer or the edit above it. */

import { html, nothing } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { errorText } from "./errors.js";
import { partnerOf } from "./face.js";
import { glyph } from "./icons.js";

/** @typedef {import("../../client/types").Item} Item */
/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("../../client/types").Thread} Thread */

const COUNTER_FROM = 0.9;

/** @returns {boolean} Whether Enter sends: on a touch screen it begins a line. */
const entersSend = () => matchMedia("(pointer: fine)").matches;

/** @param {string} text */
const codePoints = (text) => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

export class Composer {
  /** @type {Thread | null} */
  thread = null;
  text = "";
  /** @type {Message | null} */
  replyTo = null;
  /** @type {Message | null} */
  editing = null;
  /** @type {unknown} */
  error = null;
  isBlockedByMe = false;
  /** Suggests the members of a group.
   * @type {import("../../extra/parts/mentions.js").MentionPicker | null} */
  mentions = null;
  #field = /** @type {import("lit/directives/ref.js").Ref<HTMLTextAreaElement>} */ (createRef());
  /** What was being written before an edit began. */
  #kept = "";
  /** Safari ends a composition and then sends its Enter. */
  #hasJustComposed = false;

  /**
   * @param {import("../elements/base.js").ChatElement} host
   * @param {object} options
   * @param {() => Message | null} options.lastOwn The newest own message that can be edited.
   * @param {() => void} options.onUnblock
   * @param {() => boolean} options.onEscape Nothing was left to cancel; says whether there was
   *   something else to do.
   */
  constructor(host, { lastOwn, onUnblock, onEscape }) {
    this.host = host;
    this.lastOwn = lastOwn;
    this.onUnblock = onUnblock;
    this.onEscape = onEscape;
  }

  /** @param {Thread | null} thread */
  open(thread) {
    this.thread = thread;
    this.replyTo = this.editing = this.error = null;
    this.#openMentions(thread);
    this.text = thread?.draft.get().text ?? "";
    const replyTo = thread?.draft.get().replyTo;
    this.replyTo = thread?.items.find((item) => item.message.id === replyTo)?.message ?? null;
  }

  /** @param {Thread | null} thread */
  async #openMentions(thread) {
    if (!this.mentions && thread?.conversation?.kind === "group") {
      const extra = await this.host.extra({ isQuiet: true });
      if (!extra || this.mentions || this.thread !== thread) return;
      this.mentions = new extra.MentionPicker(this.host, this.#field, (text, caret) => this.#replace(text, caret));
    }
    this.mentions?.open(thread);
  }

  focus() {
    this.#field.value?.focus();
  }

  /** @param {string} text */
  insert(text) {
    const field = this.#field.value;
    if (!field) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    this.#take(field.value);
    field.focus();
  }

  /** @param {HTMLElement} button */
  async #openEmoji(button) {
    (await this.host.extra())?.openEmoji(this.host, button, (one) => this.insert(one));
  }

  /** @param {Message} message */
  reply(message) {
    this.stopEditing();
    this.replyTo = message;
    this.#keep();
    this.host.requestUpdate();
    this.focus();
  }

  /** @param {Message} message */
  edit(message) {
    if (!this.editing) this.#kept = this.text;
    this.editing = message;
    this.replyTo = this.error = null;
    this.#replace(message.content, message.content.length);
  }

  stopEditing() {
    if (!this.editing) return;
    this.editing = this.error = null;
    this.#replace(this.#kept, this.#kept.length);
  }

  /**
   * A draft that another tab wrote.
   *
   * @param {import("../../client/types").Draft} draft
   */
  hearDraft(draft) {
    const isInUse = this.editing || this.host.shadowRoot?.activeElement === this.#field.value;
    if (isInUse || draft.text === this.text) return;
    this.text = draft.text;
    this.host.requestUpdate();
  }

  get #limit() {
    return this.host.page?.chat.limits["text_max"] ?? 10_000;
  }

  #canSend() {
    return this.text.trim() !== "" && codePoints(this.text) <= this.#limit;
  }

  /** @param {string} value */
  #take(value) {
    const hadText = this.text !== "";
    this.text = value;
    this.error = null;
    if (!this.editing) {
      this.#keep();
      if (value) this.thread?.setTyping("text");
      else if (hadText) this.thread?.setTyping(false);
    }
    this.mentions?.look();
    this.host.requestUpdate();
  }

  /**
   * @param {string} text
   * @param {number} caret
   */
  #replace(text, caret) {
    const field = this.#field.value;
    if (field) {
      field.value = text;
      field.setSelectionRange(caret, caret);
      field.focus();
    }
    this.#take(text);
  }

  #keep() {
    this.thread?.draft.set(this.text, this.replyTo?.id ?? null);
  }

  /** @param {Event} [event] */
  async submit(event) {
    event?.preventDefault();
    const { thread, editing } = this;
    const content = this.text.replace(/^\s*\n|\s+$/gu, "");
    if (!thread || !this.#canSend()) return;
    if (editing) {
      if (content === editing.content) return this.stopEditing();
      try {
        const done = thread.edit(editing.id, content);
        this.stopEditing();
        await done;
      } catch (error) {
        // The words are given back, with what is wrong.
        this.edit({ ...editing, content });
        this.error = error;
        this.host.requestUpdate();
      }
      return;
    }
    const { replyTo } = this;
    const message = { content, replyTo: replyTo?.id ?? null };
    if (!this.host.tell("dc-before-send", { message })) return;
    this.replyTo = null;
    this.text = "";
    if (this.#field.value) this.#field.value.value = "";
    thread.draft.set("", null);
    thread.setTyping(false);
    thread.send(message);
    this.host.tell("dc-sent", { message });
    this.host.requestUpdate();
    this.focus();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // 229: an input method is at work, whatever key it reports.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.mentions?.onKey(event)) return;
    const hasJustComposed = this.#hasJustComposed;
    this.#hasJustComposed = false;
    if (event.key === "Enter") {
      const isForced = event.ctrlKey || event.metaKey;
      if (hasJustComposed || event.shiftKey || !(isForced || entersSend())) return;
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !event.altKey && this.text === "" && !this.editing) {
      const last = this.lastOwn();
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    } else if (event.key === "Escape") {
      this.#cancel(event);
    }
  }

  /** @param {Event} event */
  #cancel(event) {
    if (this.editing) this.stopEditing();
    else if (this.replyTo) {
      this.replyTo = null;
      this.#keep();
      this.host.requestUpdate();
    } else {
      this.#field.value?.blur();
      // The next thing to be left is what the chat is shown in.
      if (!this.onEscape()) return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  template() {
    const { page } = this.host;
    if (page === null) return nothing;
    const { t } = page;
    const conversation = this.thread?.conversation;
    // Before what ended the conversation: a block of one's own does that, too.
    if (conversation && this.isBlockedByMe) {
      const name = partnerOf(conversation, page.chat.me?.id)?.name ?? "";
      return this.#off(
        t("composer.blocked", { name }),
        html`<button type="button" class="button" @click=${this.onUnblock} data-dc="unblock">${t("people.unblock")}</button>`,
      );
    }
    // Who was removed does not have the conversation any more.
    if (this.thread?.ended) return this.#off(t(`composer.ended.${this.thread.ended}`));
    if (!conversation) return nothing;
    if (!conversation.permissions.send) {
      return this.#off(t(`composer.off.${conversation.send_disabled_reason ?? "read_only"}`));
    }
    const length = codePoints(this.text);
    const isOver = length > this.#limit;
    const showsCount = length >= COUNTER_FROM * this.#limit;
    return html`<form class="composer" part="composer" @submit=${this.submit.bind(this)} data-dc="composer">
      <slot name="composer-before"></slot>
      ${this.#above()}
      ${this.error ? html`<p class="composer-error" role="alert">${errorText(t, this.error)}</p>` : nothing}
      ${this.mentions?.template() ?? nothing}
      <div class="composer-line">
        <slot name="composer-actions"></slot>
        <textarea
          ${ref(this.#field)}
          part="input"
          rows="1"
          dir="auto"
          .value=${this.text}
          placeholder=${t("composer.placeholder", { name: conversation.title })}
          aria-label=${t("composer.label", { name: conversation.title })}
          aria-invalid=${isOver ? "true" : nothing}
          aria-describedby=${showsCount ? "composer-count" : nothing}
          aria-autocomplete="list"
          aria-controls=${this.mentions?.isOpen ? "mentions" : nothing}
          aria-activedescendant=${this.mentions?.activeId ?? nothing}
          data-dc="input"
          enterkeyhint="send"
          @input=${(/** @type {Event} */ event) => this.#take(/** @type {HTMLTextAreaElement} */ (event.target).value)}
          @keydown=${this.#onKey.bind(this)}
          @click=${() => this.mentions?.look()}
          @compositionend=${() => {
            this.#hasJustComposed = true;
            setTimeout(() => (this.#hasJustComposed = false));
          }}
          @blur=${() => {
            this.thread?.setTyping(false);
            this.mentions?.close();
          }}
        ></textarea>
        ${showsCount
          ? html`<span class="composer-count ${isOver ? "is-over" : ""}" id="composer-count"
              >${isOver ? t("composer.over", { count: length - this.#limit }) : this.#limit - length}</span
            >`
          : nothing}
        <button
          type="button"
          class="round"
          title=${t("composer.emoji")}
          aria-label=${t("composer.emoji")}
          data-dc="open-emoji"
          @click=${(/** @type {Event} */ event) => this.#openEmoji(/** @type {HTMLElement} */ (event.currentTarget))}
        >
          ${glyph("smile")}
        </button>
        <button
          class="round accent"
          part="send"
          title=${this.editing ? t("composer.save") : t("composer.send")}
          aria-label=${this.editing ? t("composer.save") : t("composer.send")}
          ?disabled=${!this.#canSend()}
          data-dc="send"
        >
          ${glyph(this.editing ? "check" : "send")}
        </button>
      </div>
    </form>`;
  }

  #above() {
    const message = this.editing ?? this.replyTo;
    const page = /** @type {import("../page.js").Page} */ (this.host.page);
    if (!message) return nothing;
    const { t } = page;
    const title = this.editing ? t("composer.editing") : t("reply.to", { name: message.sender });
    return html`<div class="composer-above" data-dc=${this.editing ? "editing" : "replying"}>
      ${glyph(this.editing ? "pencil" : "reply")}
      <div class="composer-quote">
        <strong><bdi>${title}</bdi></strong>
        <span dir="auto">${message.content}</span>
      </div>
      <button type="button" class="round" title=${t("composer.cancel")} aria-label=${t("composer.cancel")} @click=${this.#cancel.bind(this)}>
        ${glyph("close")}
      </button>
    </div>`;
  }

  /**
   * @param {string} text
   * @param {unknown} [action]
   */
  #off(text, action = nothing) {
    return html`<div class="composer composer-off" data-dc="composer-off"><p>${text}</p>${action}</div>`;
  }
}
