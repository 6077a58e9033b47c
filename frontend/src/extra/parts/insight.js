/** What a message has to tell beyond its row: who reacted, who read, what was hidden. */

import { html, nothing } from "../lent.js";

/** @typedef {import("../../client/types").Message} Message */
/** @typedef {import("../../ui/elements/base.js").ChatElement} ChatElement */

/**
 * @param {ChatElement} host
 * @param {Message} message
 * @param {(id: string) => string} nameOf
 */
export function showReactions(host, { reactions }, nameOf) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  host.dialog.open(
    t("reactions.title"),
    () => html`<ul class="people-list" role="list">
      ${reactions.map(
        (one) =>
          html`<li class="member"><span class="emoji">${one.emoji}</span>
            <span class="person-name"><bdi>${one.user_ids.map(nameOf).join(", ")}</bdi>
              ${one.count > one.user_ids.length
                ? html`<span class="muted">${t("reactions.others", { count: one.count - one.user_ids.length })}</span>`
                : nothing}</span></li>`,
      )}
    </ul>`,
  );
}

/**
 * @param {ChatElement} host
 * @param {() => import("../../client/types").User[]} readers As far as it is known by now.
 * @param {(id: string) => string} nameOf
 */
export function showReaders(host, readers, nameOf) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  host.dialog.open(t("receipts.title"), () => {
    const people = readers();
    return people.length
      ? html`<ul class="people-list" role="list">
          ${people.map((user) => html`<li class="member"><span class="person-name"><bdi>${user.name || nameOf(user.id)}</bdi></span></li>`)}
        </ul>`
      : html`<p>${t("receipts.nobody")}</p>`;
  });
}

/**
 * Shows what someone wrote whom the reader has blocked.
 *
 * @param {ChatElement} host
 * @param {Message} message
 */
export async function reveal(host, { id }) {
  const { t, config } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const answer = await fetch(`${config.api_url}messages/${id}/?reveal=1`, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  const found = await answer.json();
  host.dialog.open(found.sender ?? t("message.blocked"), () => html`<p class="revealed" dir="auto">${found.content}</p>`);
}
