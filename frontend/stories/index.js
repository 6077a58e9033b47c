/**
 * Tells one story: the elements as they are shipped, in a made-up world. The server's root
 * is the project's. The address says which, and how it looks:
 *
 *     /frontend/stories/index.html?story=thread-replies&theme=dark&dir=rtl&width=390
 *
 * Without a story it lists all of them. `data-story` of the page's root element is `ready`
 * once the story has been told, or `broken`.
 */

import { en } from "../src/ui/text/en.js";
import { stories } from "./catalogue.js";
import { ADDRESSES, takeNetwork } from "./network.js";
import { createStage } from "./stage.js";
import { NOW } from "./thread-data.js";
import { takeTime } from "./time.js";
import { FEATURES, LIMITS, me, world as createWorld } from "./world.js";

const STATICS = new URL("../../src/django_chat/static/django_chat/", import.meta.url).pathname;
const query = new URLSearchParams(location.search);
const name = query.get("story");
const theme = query.get("theme") ?? "light";
const dir = query.get("dir") ?? "ltr";
const root = document.documentElement;
root.dir = dir;
root.style.colorScheme = theme;

const make = (tag, fields = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
};

/** The list of the stories. */
function showAll() {
  const links = Object.keys(stories).map((one) => make("li", {}, make("a", { href: `?story=${one}` }, one)));
  document.body.append(make("main", { className: "page" }, make("h1", {}, "Stories"), make("ul", {}, ...links)));
}

/** What the template tags write into a page. */
function writeConfig() {
  const locale = dir === "rtl" ? "ar" : "en-GB";
  const config = {
    user: me, user_key: "story:1", ...ADDRESSES, login_url: "/story/login/", pages: { inbox: "/story/", conversation: "/story/{id}/" },
    assets: { ui: `${STATICS}ui.js`, extra: `${STATICS}ui-extra.js`, emoji: `${STATICS}emoji-en.json` },
    csrf: { header: "X-CSRFToken", cookie: "csrftoken", token: "story" }, locale, dir, limits: LIMITS, features: FEATURES,
    ping_interval_ms: 25_000, poll_interval_ms: 3_000, ...textsOf(locale),
  };
  // A site has it in a script, which no script may write where Trusted Types are asked for.
  document.body.append(make("div", { id: "django-chat-config", hidden: true, textContent: JSON.stringify(config) }));
}

/** The texts in the form in which the server has them: a rule of plurals by digits, then the forms. */
function textsOf(locale) {
  const plural = new Intl.PluralRules("en");
  const rule = Array.from({ length: 200 }, (_, count) => (plural.select(count) === "one" ? 0 : 1)).join("");
  const texts = Object.entries(en).map(([key, text]) => [key, typeof text === "string" ? text : [0, text.one, text.other]]);
  return { locale, texts: Object.fromEntries(texts), plurals: [rule] };
}

/** A page of a site, with the element on it. */
function build(story) {
  const element = make(`django-${story.shows}`);
  for (const [key, value] of Object.entries({ theme, ...story.attributes })) element.setAttribute(key, value);
  if (story.shows === "chat-widget") {
    document.body.append(
      make("main", { className: "page" }, make("h1", {}, "A page of a site"), make("p", {}, "The chat is in the corner, where it covers nothing that matters.")),
      element,
    );
    return element;
  }
  const stage = make("div", { className: "stage" }, element);
  if (query.has("width")) stage.style.inlineSize = `${query.get("width")}px`;
  document.body.append(make("main", {}, ...(story.shows === "chat-thread" ? [make("h1", { className: "title" }, "A page of a site")] : []), stage));
  return element;
}

async function tell(story) {
  document.title = name;
  const time = takeTime(NOW);
  const world = createWorld(story.world?.());
  const network = takeNetwork(world);
  localStorage.clear();
  sessionStorage.clear();
  // What an earlier story has left unsent.
  await new Promise((done) => Object.assign(indexedDB.deleteDatabase("dc:story:1"), { onsuccess: done, onerror: done, onblocked: done }));
  story.before?.({ network, world });
  writeConfig();
  const stage = createStage(build(story), { network, time, world });
  await import(`${STATICS}${story.shows === "chat-widget" ? "widget" : "ui"}.js`);
  await story.then?.(stage);
  await stage.rest();
  // What the last step has changed is drawn in the first of these frames.
  await stage.frame();
  await stage.frame();
}

if (name === null) showAll();
else if (!stories[name]) throw new Error(`There is no story ${name}`);
else {
  try {
    await tell(stories[name]);
    root.dataset.story = "ready";
  } catch (error) {
    root.dataset.story = "broken";
    throw error;
  }
}
