/**
 * Shows the emoji picker in a popover, as an element of the chat does. The server's root is
 * the project's, for the data. The address chooses what:
 *
 *     /frontend/stories/emoji.html?theme=dark&locale=de&dir=rtl
 *     /frontend/stories/emoji.html?data=missing
 *
 * `window.story` has the picker and what was picked.
 */

import { createEmojiPicker } from "../src/extra/index.js";
import { tokens } from "../src/ui/styles/thread.css.js";
import { en } from "../src/ui/text/en.js";
import { createTranslator } from "../src/ui/text/translate.js";

const query = new URLSearchParams(location.search);
const locale = query.get("locale") ?? "en";
const data = query.get("data") ?? locale;
document.documentElement.dir = query.get("dir") ?? "ltr";
document.documentElement.style.colorScheme = query.get("theme") ?? "";

const popover = `[popover] {
  padding: 0;
  border: var(--_border-width) solid var(--_border);
  border-radius: calc(var(--_radius) * 1.5);
  background: none;
  box-shadow: var(--_shadow);
  overflow: hidden;
}`;

const host = document.createElement("story-emoji");
const root = host.attachShadow({ mode: "open" });
root.adoptedStyleSheets = [tokens, popover].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
});

const button = document.createElement("button");
button.textContent = "Choose an emoji";
const output = document.createElement("output");
const box = document.createElement("div");
box.popover = "auto";
root.append(button, " ", output, box);
document.querySelector("main").append(host);

const kept = { recent: [], tone: 0 };
const picked = [];
const begin = performance.now();
const picker = createEmojiPicker({
  document,
  t: createTranslator(en, locale),
  locale,
  dataUrl: `../../src/django_chat/static/django_chat/emoji-${data}.json`,
  recent: { get: () => kept.recent, set: (list) => (kept.recent = list) },
  tone: { get: () => kept.tone, set: (tone) => (kept.tone = tone) },
});
const made = performance.now() - begin;
picker.element.addEventListener("pick", ({ detail }) => {
  picked.push(detail.emoji);
  output.textContent = picked.join(" ");
});
box.append(picker.element);
button.addEventListener("click", () => {
  box.showPopover();
  picker.focus();
});

window.story = { picker, picked, kept, box, button, made };
