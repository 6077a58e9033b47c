/** Pictures of people and groups. */

import { html, nothing } from "lit";
import { hueOf, initialsOf } from "../thread/avatar.js";
import { glyph } from "./icons.js";

/**
 * @param {object} who
 * @param {string} who.id
 * @param {string} who.name
 * @param {string | null} [who.url]
 * @param {boolean} [who.isGroup]
 * @param {string | undefined} [who.status] Of `presence`: a dot says it.
 */
export function face({ id, name, url = null, isGroup = false, status }) {
  const dot =
    status === undefined || status === "offline"
      ? nothing
      : html`<span class="presence presence-${status}"></span>`;
  return html`<span class="face" aria-hidden="true" part="avatar" .style=${`--hue:${hueOf(id)}`}>
    ${url === null
      ? html`<span class="face-letters">${isGroup ? glyph("people") : initialsOf(name)}</span>`
      : html`<img src=${url} alt="" width="40" height="40" loading="lazy" decoding="async" />`}
    ${dot}
  </span>`;
}

/**
 * The other person of a direct conversation.
 *
 * @param {import("../../client/types").Conversation} conversation
 * @param {string | undefined} me
 */
export const partnerOf = (conversation, me) =>
  conversation.kind === "direct" ? conversation.members.find((member) => member.user_id !== me) : undefined;

/**
 * @param {import("../../client/types").Conversation} conversation
 * @param {string | undefined} me
 * @param {string} [status]
 */
export function faceOf(conversation, me, status) {
  const partner = partnerOf(conversation, me);
  return face({
    id: partner?.user_id ?? conversation.id,
    name: conversation.title,
    url: conversation.avatar_url,
    isGroup: conversation.kind === "group",
    status,
  });
}
