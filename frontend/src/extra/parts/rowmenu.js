/** What one does with a conversation in the list. */

import { nothing } from "../lent.js";

/** @typedef {import("../../client/types").Conversation} Conversation */
/** @typedef {import("../../ui/elements/base.js").ChatElement} ChatElement */
/** @typedef {import("../../ui/parts/menu.js").MenuItem} MenuItem */

/**
 * @param {ChatElement} host
 * @param {HTMLElement} target What the focus returns to.
 * @param {Conversation} one
 * @param {DOMRect} [at]
 */
export function openRowMenu(host, target, one, at) {
  const { t, chat } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const { conversations } = chat;
  const { id, pinned, archived_by_me: isArchived } = one;
  const isUnread = one.unread_count > 0 || one.marked_unread;
  /** @param {() => Promise<unknown>} work */
  const run = (work) => () => void host.attempt(work);
  /** @type {(MenuItem | false | null)[]} */
  const items = [
    isUnread
      ? { name: "read", label: t("banner.markRead"), icon: "check", run: run(() => conversations.markRead(id)) }
      : one.last_message && {
          name: "unread",
          label: t("list.markUnread"),
          icon: "unread",
          run: run(() => conversations.markUnread(id)),
        },
    {
      name: "pin",
      label: t(pinned ? "list.unpin" : "list.pin"),
      icon: "pin",
      run: run(() => conversations.update(id, { pinned: !pinned })),
    },
    {
      name: "archive",
      label: t(isArchived ? "list.unarchive" : "list.archive"),
      icon: "archive",
      run: run(() => archive(host, id, !isArchived)),
    },
  ];
  host.menu.open(target, /** @type {MenuItem[]} */ (items.filter(Boolean)), nothing, at);
}

/**
 * @param {ChatElement} host
 * @param {string} id
 * @param {boolean} archived
 */
async function archive(host, id, archived) {
  const { t, chat } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const rows = /** @type {HTMLElement[]} */ ([...(host.shadowRoot?.querySelectorAll("a.entry") ?? [])]);
  const at = rows.findIndex((row) => row.dataset["id"] === id);
  const hadFocus = rows[at]?.parentElement?.matches(":focus-within");
  await chat.conversations.update(id, { archived });
  await host.updateComplete;
  // The row is gone, and the focus is not to go with it.
  if (hadFocus) (rows[at + 1] ?? rows[at - 1])?.focus();
  host.toast.show(t(archived ? "list.archived" : "list.unarchived"), {
    action: {
      label: t("toast.undo"),
      run: () => void host.attempt(() => chat.conversations.update(id, { archived: !archived })),
    },
  });
}
