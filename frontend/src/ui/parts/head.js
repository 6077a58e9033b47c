/** The head of a conversation: who it is with, and how they stand. */

import { html, nothing } from "lit";
import { faceOf, partnerOf } from "./face.js";
import { glyph } from "./icons.js";

/** @typedef {import("../../client/types").Conversation} Conversation */
/** @typedef {import("../page.js").Page} Page */

/**
 * @param {Page} page
 * @param {object} head
 * @param {Conversation | undefined} head.conversation As it was last known.
 * @param {boolean} head.isMember Whether there is more to see of it.
 * @param {boolean} head.isOpen Whether that is to be seen.
 * @param {(() => void) | null} head.onBack
 * @param {() => void} head.onDetails
 */
export function threadHead(page, { conversation, isMember, isOpen, onBack, onDetails }) {
  const { t } = page;
  return html`<header class="bar thread-head" part="header" data-dc="header">
    ${onBack
      ? html`<button type="button" class="round back" title=${t("thread.back")} aria-label=${t("thread.back")} @click=${onBack} data-dc="back">
          ${glyph("back")}
        </button>`
      : nothing}
    ${conversation
      ? html`<h2 class="head-line">${isMember
          ? html`<button type="button" class="head-button" aria-expanded=${isOpen ? "true" : "false"} @click=${onDetails} data-dc="open-details">
              ${who(page, conversation, true)}
            </button>`
          : html`<span class="head-button">${who(page, conversation, false)}</span>`}</h2>`
      : html`<span class="bar-title"></span>`}
    ${conversation?.context
      ? html`<a class="context" href=${conversation.context.url ?? nothing} data-dc="context"><bdi>${conversation.context.label}</bdi></a>`
      : nothing}
    <slot name="header-end"></slot>
  </header>`;
}

/**
 * @param {Page} page
 * @param {Conversation} conversation
 * @param {boolean} isMember
 */
function who(page, conversation, isMember) {
  const { chat } = page;
  const partner = partnerOf(conversation, chat.me?.id);
  const presence = partner && isMember ? chat.presence.get(partner.user_id) : undefined;
  return html`${faceOf(conversation, chat.me?.id, presence?.status)}
    <span class="head-text">
      <span class="bar-title"><bdi>${conversation.title}</bdi></span>
      ${isMember ? html`<span class="muted">${standing(page, conversation, presence)}</span>` : nothing}
    </span>`;
}

/**
 * @param {Page} page
 * @param {Conversation} conversation
 * @param {import("../../client/types").Presence | undefined} presence
 */
function standing({ t, chat, config }, conversation, presence) {
  if (conversation.kind === "group") return t("thread.members", { count: conversation.member_count });
  if (!presence || chat.state !== "live") return "";
  if (presence.status !== "offline") return t(`presence.${presence.status}`);
  if (!presence.last_seen) return "";
  const seen = new Date(presence.last_seen);
  const isToday = seen.toDateString() === new Date().toDateString();
  const time = isToday
    ? seen.toLocaleTimeString(config.locale, { hour: "2-digit", minute: "2-digit" })
    : seen.toLocaleDateString(config.locale, { day: "numeric", month: "short" });
  return t("presence.lastSeen", { time });
}
