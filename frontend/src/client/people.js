/**
 * The people around the messages: who is there, whom one can write to, who is blocked, and
 * who belongs to a group.
 *
 *     import { createChat } from "./client.js";
 *     import { createPeople } from "./client-people.js";
 *     createChat({ ...options, people: createPeople });
 */

/** @import {CreatePeople} from "./types" */
import { pages, pathOf } from "./conversations.js";
import { newKey } from "./outbox.js";
import { createPresence } from "./presence.js";

/** @param {string} userId */
const participant = (userId) => `participants/${encodeURIComponent(userId)}/`;

/** @type {CreatePeople} */
export function createPeople(core, { request, upsert, fetchSoon, noteMembers, drop }) {
  const presence = createPresence(core, request);

  /**
   * Changes who is in a group, which answers do not tell.
   *
   * @param {string} method
   * @param {string} id
   * @param {string} path
   * @param {object} [body]
   */
  async function change(method, id, path, body) {
    await core.call(method, pathOf(id) + path, body);
    fetchSoon(id);
  }

  return {
    resume: presence.resume,
    hear: presence.hear,

    shown: {
      presence: presence.shown,
      contacts: {
        search: (text, { cursor } = {}) => pages(core, "users/", cursor, { search: text }),
        blocked: ({ cursor } = {}) => pages(core, "blocked/", cursor, {}),
        block: (userId) => core.call("POST", "blocked/block/", { user_id: userId }),
        unblock: (userId) => core.call("POST", "blocked/unblock/", { user_id: userId }),
      },
    },

    groups: {
      createGroup: async ({ title, members, clientId = newKey(core.random) }) =>
        upsert(await core.call("POST", "conversations/", { kind: "group", title, members, client_id: clientId })),

      async members(id, { search, cursor } = {}) {
        const page = await pages(core, `${pathOf(id)}participants/`, cursor, { search });
        noteMembers(id, page.results);
        return page;
      },

      addMembers: (id, userIds) => change("POST", id, "add_participants/", { user_ids: userIds }),
      removeMember: (id, userId) => change("DELETE", id, participant(userId)),
      setRole: (id, userId, role) => change("PATCH", id, participant(userId), { role }),

      async leave(id) {
        await core.call("POST", `${pathOf(id)}leave/`);
        drop(id, "removed");
      },
    },
  };
}
