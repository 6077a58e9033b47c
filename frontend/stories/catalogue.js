/**
 * The stories: every state that the elements have, each reached on the way by which people
 * reach it. `shows` is the element, `world` what the server knows, `before` what goes wrong
 * from the beginning, `then` what happens.
 */

import { conversation as talk, ME, quoted, reaction, states } from "./thread-data.js";
import { ana, ben, dialogue, many, me, people, place, sara, stored, town, yuki } from "./world.js";

const others = people.slice(1);
const SMALL_TALK = ["Morning!", "Good morning ☕", "Did you see the new page?", "Not yet, I will after lunch.", "No hurry. It is quite something."];

/** A story of one conversation, by itself. */
const thread = (at, { before, then } = {}) => ({
  shows: "chat-thread",
  attributes: { conversation: "c" },
  world: () => ({ places: [place("c", at())] }),
  before,
  async then(stage) {
    await stage.settled();
    await then?.(stage);
  },
});
const direct = (more = {}) => () => ({ messages: dialogue(SMALL_TALK), ...more });
const group = (messages = SMALL_TALK, more = {}) => () => ({
  with: others,
  messages: Array.isArray(messages) ? dialogue(messages) : messages(),
  ...more,
});
/** Messages of one's own making: `write` adds them to an empty conversation. */
const written = (write) => () => {
  const { items, add, system } = talk();
  write(add, system);
  return stored(items);
};

/** A message that comes while one looks. */
const news = (message, content) => ({
  ...message,
  type: "message",
  conversation_id: "c",
  sender: ana.name,
  sender_id: ana.id,
  is_own_message: false,
  content,
});

/** A story of the list, beside the conversations. */
const list = (places, { before, then, attributes } = {}) => ({
  shows: "chat",
  attributes,
  world: () => ({ places: places() }),
  before,
  async then(stage) {
    await then?.(stage);
  },
});
const rows = (stage) => stage.find("[data-dc=row]");
const none = () => [];

/** A story of the popup in the corner of a page. */
const widget = (places, then, attributes) => ({ shows: "chat-widget", attributes, world: () => ({ places: places() }), then });

export const stories = {
  // ---- The list of conversations
  "list-loading": list(town, {
    before: ({ network }) => network.hold(/^GET conversations\/$/),
    then: (stage) => stage.find(".list .skeletons"),
  }),
  "list-empty": list(none, { then: (stage) => stage.find(".list .empty") }),
  "list-error": list(town, {
    before: ({ network }) => network.refuse(/^GET conversations\/$/, 503, "overloaded"),
    then: (stage) => stage.find(".list .problem"),
  }),
  "list-full": list(town, { then: rows }),
  "list-drafts": list(town, {
    async then(stage) {
      await rows(stage);
      const drafts = { c4: "By Friday at the latest, and then", c6: "هل نبدأ من جديد؟", c2: "Still being written" };
      for (const [id, text] of Object.entries(drafts)) {
        await stage.click(`[data-id=${id}]`);
        await stage.settled();
        await stage.type("[data-dc=input]", text);
      }
      await stage.find("[data-id=c6] .entry-draft");
    },
  }),
  "list-selected": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.click("[data-id=c4]");
      await stage.settled();
    },
  }),
  "list-archived": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.click(".chip", "Archived");
      await stage.find('.chip[aria-pressed="true"]', "Archived");
      await stage.find("[data-id=c28]");
    },
  }),
  "list-nothing-unread": list(() => town().slice(13, 20), {
    async then(stage) {
      await rows(stage);
      await stage.click(".chip", "Unread");
      await stage.find(".list .empty");
    },
  }),
  "list-search": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.type("[data-dc=search]", "office");
      await stage.time.pass(300);
      await stage.until("the hits", () => stage.count("[data-dc=row]") === 5);
    },
  }),
  "list-nothing-found": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.type("[data-dc=search]", "zebra");
      await stage.time.pass(300);
      await stage.find(".list .empty");
    },
  }),

  "list-alone": { shows: "chat-list", attributes: { conversation: "c4" }, world: () => ({ places: town() }), then: rows },

  // ---- A conversation as it is opened
  "thread-loading": {
    ...thread(direct()),
    before: ({ network }) => network.hold(/^GET conversations\/c\/messages/),
    then: (stage) => stage.find(".thread .skeletons"),
  },
  "thread-empty": thread(direct({ messages: [] }), { then: (stage) => stage.find(".empty-thread") }),
  "thread-error": {
    ...thread(direct()),
    before: ({ network }) => network.refuse(/^GET conversations\/c\/messages/, 503, "overloaded"),
    then: (stage) => stage.find(".thread .problem"),
  },
  "thread-no-access": {
    ...thread(direct()),
    before: ({ network }) => network.refuse(/^GET conversations\/c\/$/, 404, "not_found"),
    then: (stage) => stage.find(".thread .problem"),
  },
  "thread-direct": thread(direct()),
  "thread-group": thread(group(() => many(40))),
  "thread-plain": { ...thread(group(() => many(40))), attributes: { conversation: "c", appearance: "plain" } },
  "thread-compact": { ...thread(group(() => many(40))), attributes: { conversation: "c", density: "compact" } },
  "thread-300": thread(group(() => many(500)), {
    async then(stage) {
      await stage.until("300 messages", async () => {
        await stage.scroll(-9_000);
        return stage.count("article.message") === 300;
      });
    },
  }),
  "thread-unread": thread(group(() => many(60), { unread: 8, mention_count: 1 }), { then: (stage) => stage.find(".unread") }),
  "thread-unread-above": thread(group(() => many(60)), {
    async then(stage) {
      // Somebody looks at another window meanwhile.
      document.hasFocus = () => false;
      for (const one of many(80).slice(60)) stage.network.tell(news(one, one.content));
      await stage.find(".unread-banner");
    },
  }),
  "thread-scrolled-up": thread(group(() => many(60)), {
    async then(stage) {
      await stage.until("scrolled up", async () => {
        await stage.scroll(-900);
        return stage.count('[data-action="jump-to-latest"]');
      });
      stage.network.tell(news(many(61).at(-1), "Down here!"));
      await stage.find(".latest-count", "1");
    },
  }),
  "thread-everything": thread(group(() => stored(states()))),
  "thread-context": thread(
    direct({ context: { type: "order", id: "4711", label: "Order 4711: two chairs and a table", url: "#order" } }),
    { then: (stage) => stage.find("[data-dc=context]") },
  ),

  // ---- Messages
  "messages-long": thread(
    group(
      written((add) => {
        add("2", "ThisIsAVeryLongWordThatNobodyWouldEverWriteButSomebodyAlwaysPastesIntoAChatWindowToSeeWhatHappensWithTheLayoutOfTheBubble", 9);
        add("1", "https://example.com/a/very/long/path/that/goes/on/and/on/until/it/does/not/fit/any/more/on/the/line?with=parameters&and=more", 8);
        add("3", "```\nimages:\n  sizes: [480, 960, 1440, 1920]   # the last one only for the hero, and only when it is needed there\n```", 7);
        add("2", Array.from({ length: 44 }, (_, index) => `${index + 1}. A line of a long list that somebody pasted`).join("\n"), 6);
        add("1", "Short.", 5);
      }),
    ),
  ),
  "messages-formatted": thread(
    group(
      written((add) => {
        add("2", "*bold* _italic_ ~strike~ `code`, and a link: https://design.example.com/launch/(v2)?theme=dark", 9);
        add("3", "> The hero image is a bit heavy\nAgreed.\n\nAfter your change it should be better.", 8);
        add("1", "Here it is:\n```\nnpm run images\n```\nthat is all", 7);
        add("5", "🎉🎉", 6);
        const asks = "@Mira Okafor could you look at it?";
        add("2", asks, 5, { mentions: [{ kind: "user", user_id: ME, offset: 0, length: 12 }] });
        add("2", "@all the copy is final", 4, { mentions: [{ kind: "all", user_id: null, offset: 0, length: 4 }] });
        add("1", "@Ana Petrović done", 3, { mentions: [{ kind: "user", user_id: ana.id, offset: 0, length: 13 }] });
      }),
    ),
  ),
  "messages-rtl": thread(
    group(
      written((add) => {
        add("4", "صباح الخير! هل يمكننا تأجيل الاجتماع إلى الساعة 15:00؟", 9);
        add("1", "بالتأكيد، لا مشكلة", 8);
        add("4", "I wrote it in Arabic by habit 😅 — can we move the meeting to 15:00?", 7);
        add("1", "الرابط هنا: https://example.com/notes ثم `git pull` من فضلك", 6);
        add("5", "באיזו שעה?", 5);
      }),
      { title: "فريق التصميم" },
    ),
  ),
  "messages-system": thread(
    group(
      written((add, system) => {
        system("group_created", ana.id, [], 60, { title: "Spring launch" });
        for (const one of [me, ben, sara, yuki]) system("members_added", ana.id, [one.id], 59);
        system("title_changed", ME, [], 58, { title: "Spring launch 🌱" });
        add("2", "Welcome, everyone! This is where we plan the launch.", 57);
        system("role_changed", ana.id, [ben.id], 40, { role: "admin" });
        system("member_left", yuki.id, [yuki.id], 39);
        system("something_new", ana.id, [], 38);
        add("3", "", 37, { kind: "poll" });
      }),
    ),
    {
      async then(stage) {
        await stage.click('[data-action="toggle-run"]');
      },
    },
  ),
  "messages-replies": thread(
    group(
      written((add) => {
        const first = add("3", "Did anybody look at the new landing page yet? It is the one with the large picture, which is a bit heavy on phones, and which nobody wanted to have in the first place.", 30);
        const mine = add("1", "Looking at it now", 29, { reply_to: quoted(first) });
        add("2", "Thank you", 28, { reply_to: quoted(mine) });
        add("2", "Sounds good", 27, { reply_to: quoted(first, { excerpt: "", deleted: true }) });
        add("2", "And this answers something you may not see", 26, { reply_to: { id: "x", seq: 0, sender: "", excerpt: "", unavailable: true } });
      }),
    ),
  ),
  "messages-reactions": thread(
    group(
      written((add) => {
        add("3", "Shipped!", 30, { reactions: ["❤️", "🔥", "😂", "👏", "🙏", "💯", "😮", "✅", "🌱", "🍰"].map((one, index) => reaction(one, index + 1, index === 1)) });
        add("1", "Well done, all of you", 29, { reactions: [reaction("👍", 3, true), reaction("👀", 1)] });
        add("2", "🚀", 28, { reactions: [reaction("🎉", 2)] });
      }),
    ),
  ),
  "messages-deleted": thread(
    group(
      written((add) => {
        const gone = { content: "", deleted_at: "2026-03-12T14:00:00Z", deleted_by: "author" };
        add("3", "", 30, gone);
        add("3", "What a pity", 29);
        for (const one of ["3", "5", "3"]) add(one, "", 28, gone);
        add("1", "", 27, gone);
        add("5", "", 26, { ...gone, deleted_by: "moderator" });
        add("1", "This one was changed", 25, { edited_at: "2026-03-12T14:10:00Z" });
        add("2", "Only I do not see this any more", 24);
        add("3", "", 23, { hidden: "blocked" });
        add("2", "That is all there is", 22);
      }),
      { hidden: ["m9"] },
    ),
    { then: (stage) => stage.until("what I deleted is gone", () => !stage.count("article.message", "Only I do not")) },
  ),
  "messages-failed": thread(direct(), {
    async then(stage) {
      stage.network.refuse(/^send_message$/, 400, "too_long", { message: "The text is too long." });
      await stage.send("This one will not go through");
      await stage.find('article[data-state="failed"]');
    },
  }),
  "messages-sending": thread(direct(), {
    async then(stage) {
      await stage.send("This one is on its way");
      await stage.find('article[data-state="sending"]');
    },
  }),
  "messages-queued": thread(direct(), {
    async then(stage) {
      stage.network.lose({ isOffline: true });
      await stage.send("This waits");
      await stage.send("and this, too, until there is a network again");
      await stage.find('article[data-state="queued"]');
      await stage.time.pass(6_000);
      await stage.find("[data-dc=banner]");
    },
  }),
  "messages-receipts-direct": thread(
    () => {
      const messages = dialogue(["Are you there?", "Yes", "One", "Two", "Three"], { last: me }).map((one, index) =>
        index > 1 ? { ...one, sender: me.name, sender_id: ME, is_own_message: true } : one,
      );
      return { messages, read: 3, delivered: 4 };
    },
    { then: (stage) => stage.find(".state-sent") },
  ),
  "messages-receipts-group": thread(group(() => dialogue(SMALL_TALK, { last: me })), {
    then: (stage) => stage.find('[data-action="receipts"]'),
  }),
  "messages-typing": thread(group(), {
    async then(stage) {
      for (const one of [ana, ben]) stage.network.tell({ type: "typing", conversation_id: "c", user_id: one.id, user: one.name, is_typing: true, activity: "text", expires_in_ms: 60_000 });
      await stage.find("[data-dc=typing]", "are typing");
    },
  }),

  // ---- Where one writes
  "composer-long": thread(direct(), {
    async then(stage) {
      await stage.type("[data-dc=input]", "This is far too much to say at once. ".repeat(60));
      await stage.find(".composer-count.is-over");
    },
  }),
  "composer-near-limit": thread(direct(), {
    async then(stage) {
      await stage.type("[data-dc=input]", "x".repeat(1900));
      await stage.find(".composer-count");
    },
  }),
  "composer-editing": thread(group(() => dialogue(SMALL_TALK, { last: me })), {
    async then(stage) {
      await stage.press("[data-dc=input]", "ArrowUp");
      await stage.find("[data-dc=editing]");
    },
  }),
  "composer-replying": thread(group(), {
    async then(stage) {
      await stage.openMenu("It is quite something");
      await stage.click("[data-dc=menu-reply]");
      await stage.find("[data-dc=replying]");
    },
  }),
  "composer-mentions": thread(group(), {
    async then(stage) {
      await stage.type("[data-dc=input]", "Thank you, @");
      await stage.find("[data-dc=mentions]");
    },
  }),
  "composer-blocked": {
    ...thread(direct({ permissions: { send: false }, send_disabled_reason: "unavailable" })),
    world: () => ({
      places: [place("c", direct({ permissions: { send: false }, send_disabled_reason: "unavailable" })())],
      blocked: [ana],
    }),
    then: (stage) => stage.find("[data-dc=unblock]"),
  },
  "composer-read-only": thread(group(SMALL_TALK, { status: "read_only", permissions: { send: false }, send_disabled_reason: "read_only" }), {
    then: (stage) => stage.find("[data-dc=composer-off]"),
  }),
  "composer-removed": thread(group(), {
    async then(stage) {
      stage.network.tell({ type: "unsubscribed", conversation_id: "c", reason: "removed" });
      await stage.find("[data-dc=composer-off]");
    },
  }),
  "composer-rate-limited": thread(group(() => dialogue(SMALL_TALK, { last: me })), {
    async then(stage) {
      stage.network.refuse(/^edit_message$/, 429, "rate_limited", { temporary: false, retry_after_ms: 40_000 });
      await stage.press("[data-dc=input]", "ArrowUp");
      await stage.find("[data-dc=editing]");
      await stage.type("[data-dc=input]", "No hurry at all.");
      await stage.click("[data-dc=send]:enabled");
      await stage.find(".composer-error");
    },
  }),

  // ---- The connection
  "banner-reconnecting": thread(direct(), {
    async then(stage) {
      stage.network.lose();
      await stage.time.pass(5_500);
      await stage.find(".banner-reconnecting");
    },
  }),
  "banner-offline": thread(direct(), {
    async then(stage) {
      stage.network.lose({ isOffline: true });
      await stage.time.pass(5_500);
      await stage.find(".banner-offline");
    },
  }),
  "banner-polling": {
    ...thread(direct()),
    before: ({ network }) => network.refuseSockets(),
    async then(stage) {
      await stage.find("article.message");
      await stage.time.pass(20_000);
      await stage.find("article.message");
      await stage.time.pass(20_000);
      await stage.find(".banner-limited");
    },
  },
  "banner-back": thread(direct(), {
    async then(stage) {
      stage.network.lose();
      await stage.time.pass(5_500);
      await stage.find(".banner-reconnecting");
      stage.network.restore();
      await stage.click("[data-dc=banner] button");
      await stage.find(".banner-back");
    },
  }),
  "banner-signed-out": thread(direct(), {
    async then(stage) {
      stage.network.cut(4001);
      await stage.find(".banner-signed-out");
    },
  }),
  "banner-outdated": thread(direct(), {
    async then(stage) {
      stage.network.cut(4010);
      await stage.find(".banner-outdated");
    },
  }),

  // ---- What opens above
  "menu-own": thread(group(() => dialogue(SMALL_TALK, { last: me })), { then: (stage) => stage.openMenu("It is quite something") }),
  "menu-other": thread(group(), { then: (stage) => stage.openMenu("It is quite something") }),
  "menu-reactions": thread(group(), {
    async then(stage) {
      await stage.press("article.message:last-of-type", "+");
      await stage.find("[data-dc=menu]:popover-open [data-dc=quick-reaction]");
    },
  }),
  "menu-conversation": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.click("[data-id=c6] ~ [data-dc=row-menu]");
      await stage.find("[data-dc=menu]:popover-open button");
    },
  }),
  "dialog-keys": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.press("[data-id=c6]", "?");
      await stage.find("dialog[open] [data-dc=keys]");
    },
  }),
  "dialog-delete": thread(group(() => dialogue(SMALL_TALK, { last: me })), {
    async then(stage) {
      await stage.openMenu("It is quite something");
      await stage.click("[data-dc=menu-delete]");
      await stage.find("[data-dc=delete-everyone]");
    },
  }),
  "dialog-reactions": thread(
    group(written((add) => add("1", "Well done", 9, { reactions: ["❤️", "🔥", "😂", "👏", "🙏", "💯", "😮", "✅", "🌱", "🍰"].map((one) => reaction(one, 2)) }))),
    {
      async then(stage) {
        await stage.click('[data-action="reactions"]');
        await stage.find("dialog[open] .member");
      },
    },
  ),
  "dialog-receipts": thread(group(() => dialogue(SMALL_TALK, { last: me })), {
    async then(stage) {
      await stage.click('[data-action="receipts"]');
      await stage.find("dialog[open]");
    },
  }),
  "details-group": list(() => [place("c", group(SMALL_TALK, { role: "owner" })())], {
    attributes: { conversation: "c" },
    async then(stage) {
      await stage.settled();
      await stage.click("[data-dc=open-details]");
      await stage.find("[data-dc=member]");
    },
  }),
  "details-direct": thread(direct(), {
    async then(stage) {
      await stage.click("[data-dc=open-details]");
      await stage.find("[data-dc=member]");
    },
  }),
  "dialog-new-chat": list(town, {
    async then(stage) {
      await rows(stage);
      await stage.click("[data-dc=new-chat]");
      await stage.click("[data-dc=person]", "Yuki");
      await stage.click("[data-dc=person]", "Ben");
      await stage.find("[data-dc=group-name]");
    },
  }),
  "dialog-nobody": list(none, {
    async then(stage) {
      await stage.click("[data-dc=new-chat]");
      await stage.type("[data-dc=people-search]", "nobody");
      await stage.time.pass(300);
      await stage.find("dialog[open] .empty", "Nobody");
    },
  }),
  "emoji-picker": thread(direct(), {
    async then(stage) {
      await stage.click("[data-dc=open-emoji]");
      await stage.find("[role=option]");
    },
  }),
  toast: thread(group(), {
    async then(stage) {
      stage.network.refuse(/mark_unread/, 403, "forbidden");
      await stage.openMenu("It is quite something");
      await stage.click("[data-dc=menu-unread]");
      await stage.find(".toast");
    },
  }),

  // ---- The popup
  "widget-closed": widget(town, (stage) => stage.find(".launcher"), { count: "7" }),
  "widget-list": widget(town, async (stage) => {
    await stage.click(".launcher");
    await rows(stage);
  }),
  "widget-thread": widget(town, async (stage) => {
    await stage.click(".launcher");
    await rows(stage);
    await stage.click("[data-id=c0]");
    await stage.settled();
  }),
};
