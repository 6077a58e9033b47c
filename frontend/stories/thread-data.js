/** Made-up people and messages for the stories. */

export const ME = "1";
export const NOW = Date.parse("2026-03-12T14:30:00Z");
export const people = [
  { id: "1", name: "Mira Okafor", avatar_url: null },
  { id: "2", name: "Ana Petrović", avatar_url: null },
  { id: "3", name: "Ben Adler", avatar_url: null },
  { id: "4", name: "سارة حداد", avatar_url: null },
  { id: "5", name: "Yuki Tanaka", avatar_url: null },
];

const DAY = 86_400_000;

/** Builds items one after the other; `at` is in minutes before now. */
export function conversation() {
  let seq = 0;
  const items = [];
  const add = (sender, content, at, more = {}, item = {}) => {
    const pending = item.state !== undefined && item.state !== "sent";
    if (!pending) seq += 1;
    const person = people.find((one) => one.id === sender);
    const key = `k${items.length + 1}`;
    items.push({
      key,
      state: "sent",
      error: null,
      ...item,
      message: {
        id: pending ? "" : `m${seq}`,
        conversation_id: "c",
        seq: pending ? 0 : seq,
        rev: seq,
        version: 1,
        client_id: null,
        sender: person?.name ?? "",
        sender_id: sender,
        content,
        timestamp: new Date(NOW - at * 60_000).toISOString(),
        kind: "text",
        attachments: [],
        reply_to: null,
        mentions: [],
        reactions: [],
        edited_at: null,
        deleted_at: null,
        deleted_by: null,
        system: null,
        extra: {},
        is_own_message: sender === ME,
        is_read: false,
        is_broadcast: true,
        file: "",
        is_voice: false,
        ...more,
      },
    });
    return items.at(-1);
  };
  const system = (event, actor, targets, at, data = {}) =>
    add(null, "", at, { kind: "system", sender: "", system: { event, actor, targets, data } });
  return { items, add, system };
}

export const reaction = (emoji, count, me = false) => ({ emoji, count, user_ids: ["2"], me });
const mention = (content, name, userId) => ({
  kind: userId === null ? "all" : "user",
  user_id: userId,
  offset: [...content.slice(0, content.indexOf(name))].length,
  length: [...name].length,
});
export const quoted = (item, more = {}) => ({
  id: item.message.id,
  seq: item.message.seq,
  sender: item.message.sender,
  sender_id: item.message.sender_id,
  excerpt: item.message.content.slice(0, 140),
  kind: "text",
  deleted: false,
  ...more,
});

/** Every state of a row. */
export function states() {
  const { items, add, system } = conversation();
  const deleted = { content: "", deleted_at: "2026-03-01T10:00:00Z", deleted_by: "author" };
  let at = (9 * DAY) / 60_000;
  system("group_created", "2", [], at, { title: "Spring launch" });
  for (const one of ["1", "3", "4", "5"]) system("members_added", "2", [one], at - 1);
  system("title_changed", "1", [], at - 2, { title: "Spring launch 🌱" });
  add("2", "Welcome, everyone! This is where we plan the launch.", at - 3);

  at = (3 * DAY) / 60_000;
  const first = add("3", "Morning! Did anybody look at the new landing page yet?", at);
  add("3", "The hero image is a bit heavy on phones, I think", at - 1, { reactions: [reaction("👍", 3, true), reaction("👀", 1)] });
  add("3", "I measured 1.9 MB", at - 2);
  const mine = add("1", "Looking at it now. I can get it below 200 kB with AVIF.", at - 4, { reply_to: quoted(first) });
  add("1", "Give me an hour ☕", at - 5);
  const asks = "@Mira Okafor could you also check the *dark* variant? The _secondary_ buttons looked ~fine~ pale to me, see https://design.example.com/launch/(v2)/index.html?theme=dark.";
  add("2", asks, at - 8, { mentions: [mention(asks, "@Mira Okafor", ME)] });
  const all = "@all the copy is final, please don't change it without asking";
  add("2", all, at - 9, { mentions: [mention(all, "@all", null)] });
  add("1", "Here is the config that works for me:\n```\nimages:\n  formats: [avif, webp]\n  quality: 62\n  sizes: [480, 960, 1440, 1920]   # the last one only for the hero, and only when it is needed\n```\nrun `npm run images` afterwards", at - 20);
  add("5", "> The hero image is a bit heavy\nAgreed. Also, on my phone the first paint is at 3.1 s.\n\nAfter your change it should be better.", at - 31);
  add("5", "🎉🎉", at - 32);
  add("3", "🚀", at - 33, { reactions: [reaction("❤️", 12), reaction("🔥", 4, true), reaction("😂", 2), reaction("👏", 7), reaction("🙏", 1), reaction("💯", 1), reaction("😮", 1), reaction("✅", 1), reaction("🌱", 1), reaction("🍰", 1)] });

  at = DAY / 60_000;
  add("4", "صباح الخير! هل يمكننا تأجيل الاجتماع إلى الساعة 15:00؟", at);
  add("4", "I wrote it in Arabic by habit 😅 — can we move the meeting to 15:00?", at - 1);
  add("1", "بالتأكيد، لا مشكلة", at - 2);
  add("2", "ThisIsAVeryLongWordThatNobodyWouldEverWriteButSomebodyAlwaysPastesIntoAChatWindowToSeeWhatHappensWithTheLayoutOfTheBubble and https://example.com/a/very/long/path/that/goes/on/and/on/until/it/does/not/fit/any/more/on/the/line?with=parameters&and=more", at - 12);
  add("2", Array.from({ length: 44 }, (_, index) => `${index + 1}. A line of a long list that somebody pasted`).join("\n"), at - 13);
  add("3", "", at - 20, deleted);
  add("3", "What a pity", at - 21);
  for (const one of ["3", "5", "3"]) add(one, "", at - 25, deleted);
  add("5", "", at - 40, { ...deleted, deleted_by: "moderator" });
  add("3", "", at - 45, { hidden: "blocked" });
  add("5", "", at - 50, { kind: "poll" });
  system("role_changed", "2", ["3"], at - 52, { role: "admin" });
  add("2", "Sounds good, see you there", at - 55, { reply_to: quoted(first, { excerpt: "", deleted: true }) });
  add("2", "And this answers something you may not see", at - 56, { reply_to: { id: "x", seq: 0, sender: "", excerpt: "", unavailable: true } });

  add("2", "Are we ready to ship?", 42, { reply_to: quoted(mine) });
  add("1", "Nearly. The last build is green on all three machines, and the images are in.", 41, { edited_at: "2026-03-12T13:58:00Z" });
  add("1", "I'll press the button after lunch", 41);
  add("2", "Perfect 👌", 40, { reactions: [reaction("🎉", 2, true)] });
  add("1", "Shipping in five minutes", 12);
  add("1", "Done!", 11);
  add("1", "Release notes follow", 1, {}, { state: "sending" });
  add("1", "This one will not go through", 1, {}, { state: "failed", error: { code: "too_long", message: "the text is too long" } });
  return items;
}

const SENTENCES = [
  "Sure",
  "I'll have a look this afternoon.",
  "That is more or less what we agreed on last week, with the difference that the second step is done by the server now.",
  "👍",
  "Can you send me the link again? I can't find it any more.",
  "See https://example.com/notes and the part about _caching_: it explains why the first request takes longer.\n\nThe second one is fast.",
  "No",
  "Three things are left:\n1. the text of the mail\n2. the picture\n3. a name",
  "`git status` says there is nothing to do, but the build says something else. I tried it on two machines, and both behave the same way, so it is probably not the cache.",
  "Thanks!",
];

/** A conversation of `count` messages over many days. */
export function long(count) {
  const { items, add } = conversation();
  let random = 7;
  const next = (max) => {
    random = (random * 1103515245 + 12345) % 2147483648;
    return Math.floor((random / 2147483648) * max);
  };
  let at = count * 9;
  for (let index = 0; index < count; index += 1) {
    at -= next(3) === 0 ? next(25) : next(3);
    const sender = String(1 + next(5));
    const more = {};
    if (next(9) === 0) more.reactions = [reaction("👍", 1 + next(4), next(2) === 0), reaction("🎉", 1)];
    if (next(12) === 0 && index > 5) more.reply_to = quoted(items[index - 1 - next(4)]);
    add(sender, SENTENCES[next(SENTENCES.length)], Math.max(at, 0), more);
  }
  return items;
}

/** Forty messages of which ten are new. */
export function unread() {
  return long(40);
}
