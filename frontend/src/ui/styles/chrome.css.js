/** The look of everything around the message list: panes, list, head, composer, popups. */

export const chrome = `
:host {
  display: block;
  box-sizing: border-box;
  block-size: 100%;
  min-block-size: 20rem;
  color-scheme: inherit;
  --_list-width: var(--dc-list-width, 20rem);
  --_details-width: var(--dc-details-width, 20rem);
  --_row-height: var(--dc-row-height, 4rem);
  --_composer-lines: var(--dc-composer-max-lines, 8);
}
:host([hidden]) { display: none; }
.app, .app * { box-sizing: border-box; }
.app {
  container: app / inline-size;
  isolation: isolate;
  position: relative;
  display: grid;
  grid-template-columns: minmax(15rem, var(--_list-width)) minmax(0, 1fr);
  grid-template-rows: minmax(0, 1fr);
  grid-auto-columns: auto;
  grid-auto-flow: column;
  block-size: 100%;
  min-block-size: inherit;
  overflow: hidden;
  background: var(--_bg);
  color: var(--_text);
  font: var(--_font-size)/var(--_line-height) var(--_font);
  text-align: start;
}
.app.single { grid-template-columns: minmax(0, 1fr); }
.single > .list { border: 0; }
.hidden {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.muted { color: var(--_text-muted); font-size: 0.8125rem; }
h1, h2, h3, p, ul, dialog { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: inherit; }
input, textarea { font: inherit; color: inherit; }
.composer-line textarea:focus-visible, .search input:focus-visible { outline: none; }

/* Buttons */

.button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: calc(var(--_space) * 1.5);
  min-block-size: 2.25rem;
  padding: 0 calc(var(--_space) * 3.5);
  border: var(--_border-width) solid var(--_border);
  border-radius: var(--_radius);
  background: var(--_surface-raised);
  font-weight: 600;
  font-size: 0.875rem;
  white-space: nowrap;
  transition: background var(--_duration);
}
.button:hover { background: color-mix(in oklab, var(--_text) 6%, var(--_surface-raised)); }
.button.accent { border-color: transparent; background: var(--_accent); color: var(--_accent-text); }
.button.accent:hover { background: color-mix(in oklab, var(--_accent) 88%, var(--_text)); }
.button.danger { border-color: transparent; background: var(--_danger); color: light-dark(#fff, #1b0a0b); }
.button.is-dangerous { color: var(--_danger); }
.button:disabled { opacity: 0.5; cursor: default; }
.round {
  display: inline-grid;
  place-items: center;
  flex: none;
  inline-size: 2.25rem;
  block-size: 2.25rem;
  border-radius: 50%;
  color: var(--_text-muted);
}
.round:hover { background: var(--_highlight-bg); color: var(--_text); }
.round.accent { background: var(--_accent); color: var(--_accent-text); }
.round.accent:disabled { background: var(--_skeleton); color: var(--_text-muted); cursor: default; }
.bar { display: flex; align-items: center; gap: calc(var(--_space) * 2); }
.bar-title { flex: 1; min-inline-size: 0; overflow: hidden; font-size: 1.0625rem; font-weight: 680; line-height: 1.3; text-overflow: ellipsis; white-space: nowrap; }

/* People */

.face { position: relative; flex: none; display: inline-block; inline-size: 2.5rem; block-size: 2.5rem; }
.face-letters, .face img { display: grid; place-items: center; inline-size: 100%; block-size: 100%; border-radius: 50%; object-fit: cover; }
.face-letters {
  background: light-dark(oklch(0.9 0.055 var(--hue)), oklch(0.38 0.075 var(--hue)));
  color: light-dark(oklch(0.4 0.11 var(--hue)), oklch(0.91 0.05 var(--hue)));
  font-size: 0.875rem;
  font-weight: 650;
  line-height: 1;
}
.face-letters .icon { inline-size: 1.25rem; block-size: 1.25rem; }
.presence {
  position: absolute;
  inset-block-end: -1px;
  inset-inline-end: -1px;
  inline-size: 0.75rem;
  block-size: 0.75rem;
  border: 2px solid var(--_bg);
  border-radius: 50%;
  background: var(--_online);
}
.presence-away { background: var(--_away); }
.presence-dnd { background: var(--_danger); }

/* The list */

.list {
  display: flex;
  flex-direction: column;
  min-block-size: 0;
  min-inline-size: 0;
  border-inline-end: var(--_border-width) solid var(--_border);
  background: var(--_surface);
}
.list-head { flex: none; display: grid; gap: calc(var(--_space) * 2.5); padding: calc(var(--_space) * 3) calc(var(--_space) * 3) calc(var(--_space) * 2.5); }
.search {
  display: flex;
  align-items: center;
  gap: calc(var(--_space) * 2);
  min-block-size: 2.25rem;
  padding-inline: calc(var(--_space) * 3);
  border-radius: 999px;
  background: color-mix(in oklab, var(--_text) 6%, var(--_bg));
  color: var(--_text-muted);
}
.search:focus-within { outline: 2px solid var(--_focus); outline-offset: 1px; }
.search input { flex: 1; min-inline-size: 0; padding: 0; border: 0; outline: 0; background: none; color: var(--_text); font-size: max(1rem, var(--_font-size)); }
.search input::placeholder, textarea::placeholder { color: var(--_text-muted); opacity: 1; }
.chips { display: flex; flex-wrap: wrap; gap: var(--_space); }
.chip {
  flex: none;
  min-block-size: 1.75rem;
  padding-inline: calc(var(--_space) * 2.5);
  border: var(--_border-width) solid var(--_border);
  border-radius: 999px;
  color: var(--_text-muted);
  font-size: 0.8125rem;
  font-weight: 550;
}
.chip:hover { background: var(--_highlight-bg); }
.chip[aria-pressed="true"] { border-color: transparent; background: color-mix(in oklab, var(--_accent) 16%, var(--_bg)); color: light-dark(color-mix(in oklab, var(--_accent) 80%, black), color-mix(in oklab, var(--_accent) 70%, white)); }
.list-scroller { flex: 1; min-block-size: 0; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; padding: 0 calc(var(--_space) * 2) calc(var(--_space) * 2); }
.entry-place { position: relative; }
.entry {
  position: relative;
  display: flex;
  align-items: center;
  gap: calc(var(--_space) * 3);
  min-block-size: var(--_row-height);
  padding: calc(var(--_space) * 2) calc(var(--_space) * 2.5);
  border-radius: calc(var(--_radius) * 1.25);
  text-decoration: none;
  /* A finger that stays asks for the menu, and for nothing of the browser's. */
  -webkit-touch-callout: none;
}
.entry-place:hover > .entry { background: var(--_highlight-bg); }
.entry-place > .entry.is-selected { background: color-mix(in oklab, var(--_accent) 13%, var(--_bg)); }
.entry:focus-visible { outline-offset: -2px; }
.entry-main { flex: 1; min-inline-size: 0; display: grid; gap: 1px; }
.entry-line { display: flex; align-items: baseline; gap: calc(var(--_space) * 1.5); min-inline-size: 0; }
.entry-title, .entry-excerpt { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.entry-title { font-weight: 600; }
.entry-excerpt, .entry-time { color: var(--_text-muted); font-size: 0.8125rem; }
.entry-draft { color: var(--_danger); }
.entry-time { flex: none; font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.entry-mark { flex: none; color: var(--_text-muted); align-self: center; display: grid; }
.entry-mark .icon { inline-size: 0.875rem; block-size: 0.875rem; }
.entry.is-unread .entry-title { font-weight: 720; }
.entry.is-unread .entry-excerpt { color: var(--_text); }
.entry-more {
  position: absolute;
  inset-inline-end: var(--_space);
  inset-block-end: calc(var(--_space) * 1.5);
  inline-size: 1.75rem;
  block-size: 1.75rem;
  opacity: 0;
}
.entry-more:hover { background: color-mix(in oklab, var(--_text) 10%, transparent); }
.entry:focus-visible + .entry-more, .entry-more:focus-visible { opacity: 1; }
.entry-place:has(:focus-visible) .entry-line + .entry-line { padding-inline-end: 1.5rem; }
@media (hover: hover) {
  .entry-place:hover > .entry-more { opacity: 1; }
  .entry-place:hover .entry-line + .entry-line { padding-inline-end: 1.5rem; }
}
@media (hover: none) {
  .entry-more { pointer-events: none; }
}
.badge {
  flex: none;
  align-self: center;
  display: inline-grid;
  place-items: center;
  min-inline-size: 1.25rem;
  min-block-size: 1.25rem;
  padding-inline: 0.375rem;
  border-radius: 999px;
  background: var(--_unread);
  color: var(--_accent-text);
  font-size: 0.75rem;
  font-weight: 680;
  line-height: 1;
  font-variant-numeric: tabular-nums;
}
.badge.mention { padding-inline: 0; }
:host([density="compact"]) .entry { min-block-size: 3rem; padding-block: var(--_space); }
:host([density="compact"]) .entry .face { inline-size: 2rem; block-size: 2rem; }

/* Empty, loading, broken */

.empty { display: grid; justify-items: center; gap: calc(var(--_space) * 2.5); padding: calc(var(--_space) * 8) calc(var(--_space) * 5); color: var(--_text-muted); text-align: center; }
.empty > .icon { inline-size: 2.5rem; block-size: 2.5rem; stroke-width: 1; }
.empty h2 { color: var(--_text); font-size: 1.125rem; }
.welcome, .single > .empty { align-content: center; block-size: 100%; }
.empty-thread { position: absolute; inset: 25% 0 auto; pointer-events: none; }
.problem { display: grid; justify-items: center; gap: calc(var(--_space) * 3); padding: calc(var(--_space) * 6); text-align: center; }
.problem .icon { inline-size: 1.75rem; block-size: 1.75rem; color: var(--_warning); }
.skeletons { display: grid; align-content: start; gap: calc(var(--_space) * 2); padding: calc(var(--_space) * 2); }
.skeleton-entry { display: grid; grid-template: "i b" 0.75rem "i u" 0.625rem / 2.5rem 1fr; gap: 0.5rem 0.75rem; padding: 0.75rem 0.25rem; }
.skeleton-entry > *, .skeleton-bubble { border-radius: 999px; background: var(--_skeleton); animation: dc-breathe 1.6s ease-in-out infinite; }
.skeleton-entry i { grid-area: i; block-size: 2.5rem; }
.skeleton-entry b { grid-area: b; inline-size: 55%; }
.skeleton-entry u { grid-area: u; inline-size: 85%; }
.skeleton-bubble { inline-size: min(60%, 20rem); block-size: 3rem; border-radius: var(--_radius-bubble); }
.skeleton-bubble.own { justify-self: end; inline-size: min(45%, 16rem); }
@keyframes dc-breathe { 50% { opacity: 0.5; } }

/* The conversation */

.pane { position: relative; display: flex; flex-direction: column; min-block-size: 0; min-inline-size: 0; background: var(--_bg); }
.thread { position: relative; flex: 1; display: flex; flex-direction: column; min-block-size: 0; }
.thread-head { flex: none; min-block-size: 3.75rem; padding: calc(var(--_space) * 1.5) calc(var(--_space) * 3); border-block-end: var(--_border-width) solid var(--_border); }
.head-line { flex: 1; min-inline-size: 0; font: inherit; }
.head-button { inline-size: 100%; display: flex; align-items: center; gap: calc(var(--_space) * 2.5); min-inline-size: 0; padding: var(--_space); border-radius: var(--_radius); }
.head-button:hover { background: var(--_highlight-bg); }
.head-text { min-inline-size: 0; display: grid; }
.head-text .bar-title { font-size: 1rem; }
.head-text .muted { min-block-size: 1.15em; line-height: 1.2; }
.back { display: none; }
:dir(rtl) .back .icon, :dir(rtl) .icon-send, :dir(rtl) .icon-leave { transform: scaleX(-1); }
.context { flex: none; max-inline-size: 40%; overflow: hidden; padding: var(--_space) calc(var(--_space) * 2.5); border: var(--_border-width) solid var(--_border); border-radius: 999px; font-size: 0.8125rem; font-weight: 600; text-decoration: none; text-overflow: ellipsis; white-space: nowrap; }
.context[href]:hover { background: var(--_highlight-bg); }
.scroller { flex: 1; min-block-size: 0; }
.typing { flex: none; display: flex; align-items: center; gap: calc(var(--_space) * 1.5); block-size: 1.5rem; padding-inline: calc(var(--_space) * 5); overflow: hidden; color: var(--_text-muted); font-size: 0.8125rem; white-space: nowrap; }
.dots { display: inline-flex; gap: 3px; }
.dots i { inline-size: 5px; block-size: 5px; border-radius: 50%; background: currentColor; animation: dc-dot 1.2s ease-in-out infinite; }
.dots i:nth-child(2) { animation-delay: 0.15s; }
.dots i:nth-child(3) { animation-delay: 0.3s; }
@keyframes dc-dot { 0%, 60%, 100% { opacity: 0.35; } 30% { opacity: 1; } }

.composer { position: relative; flex: none; padding: 0 calc(var(--_space) * 3) max(calc(var(--_space) * 3), env(safe-area-inset-bottom)); }
.composer-line {
  display: flex;
  align-items: flex-end;
  gap: calc(var(--_space) * 1.5);
  padding: var(--_space) var(--_space) var(--_space) calc(var(--_space) * 4);
  border: var(--_border-width) solid var(--_border);
  border-radius: 1.375rem;
  background: var(--_surface-raised);
}
.composer-line:focus-within { border-color: color-mix(in oklab, var(--_focus) 70%, var(--_border)); box-shadow: 0 0 0 1px color-mix(in oklab, var(--_focus) 70%, var(--_border)); }
textarea {
  flex: 1;
  min-inline-size: 0;
  field-sizing: content;
  min-block-size: 2.25rem;
  max-block-size: calc(var(--_composer-lines) * 1.45em + 0.75rem);
  padding: 0.4375rem 0;
  border: 0;
  outline: 0;
  background: none;
  font-size: max(1rem, var(--_font-size));
  line-height: 1.4;
  resize: none;
  unicode-bidi: plaintext;
}
/* Beside those who type, where it takes nothing from what is written. */
.composer-count { position: absolute; inset-block-end: 100%; inset-inline-end: calc(var(--_space) * 5); line-height: 1.5rem; color: var(--_text-muted); font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.composer-count.is-over { color: var(--_danger); font-weight: 600; }
.composer-above { display: flex; align-items: center; gap: calc(var(--_space) * 2.5); padding: 0 calc(var(--_space) * 2) calc(var(--_space) * 1.5); color: var(--_accent); }
.composer-quote { flex: 1; min-inline-size: 0; display: grid; padding-inline-start: calc(var(--_space) * 2.5); border-inline-start: 3px solid var(--_accent); font-size: 0.8125rem; line-height: 1.35; }
.composer-quote span { overflow: hidden; color: var(--_text-muted); text-overflow: ellipsis; white-space: nowrap; }
.composer-error { padding: var(--_space) calc(var(--_space) * 3); color: var(--_danger); font-size: 0.8125rem; }
/* The field comes when the conversation is there, and takes no room from it then. */
.thread[aria-busy="true"] > .typing { margin-block-end: 3.625rem; }
/* As high as the field in whose place it comes. */
.composer-off { display: flex; align-items: center; justify-content: center; flex-wrap: wrap; gap: calc(var(--_space) * 3); min-block-size: 3.625rem; padding-block: calc(var(--_space) * 2); border-block-start: var(--_border-width) solid var(--_border); color: var(--_text-muted); text-align: center; }
/* Over everything */

.banner {
  position: absolute;
  inset-block-start: 0.5rem;
  inset-inline: 0;
  z-index: 4;
  display: flex;
  align-items: center;
  gap: calc(var(--_space) * 2.5);
  inline-size: fit-content;
  max-inline-size: calc(100% - 2rem);
  margin-inline: auto;
  padding: calc(var(--_space) * 1.75) calc(var(--_space) * 4);
  border: var(--_border-width) solid var(--_border);
  border-radius: 999px;
  background: var(--_surface-raised);
  box-shadow: var(--_shadow);
  font-size: 0.8125rem;
  font-weight: 550;
}
.banner::before { content: ""; flex: none; inline-size: 0.5rem; block-size: 0.5rem; border-radius: 50%; background: var(--_warning); }
.banner-back::before { background: var(--_success); }
.banner-signed-out::before { background: var(--_danger); }
.menu {
  position: fixed;
  inset: auto;
  margin: 0;
  min-inline-size: 11rem;
  padding: calc(var(--_space) * 1.5);
  border: var(--_border-width) solid var(--_border);
  border-radius: calc(var(--_radius) * 1.5);
  background: var(--_surface-raised);
  color: var(--_text);
  box-shadow: var(--_shadow);
  font: 0.875rem/1.4 var(--_font);
}
.menu > button { display: flex; align-items: center; gap: calc(var(--_space) * 2.5); inline-size: 100%; min-block-size: 2.25rem; padding-inline: calc(var(--_space) * 2.5); border-radius: var(--_radius); }
.menu > button:hover, .menu > button:focus-visible { background: var(--_highlight-bg); }
.menu > button .icon { color: var(--_text-muted); }
.menu > button.is-dangerous, .menu > button.is-dangerous .icon { color: var(--_danger); }
.quick { display: flex; gap: 2px; }
.quick button { display: grid; place-items: center; inline-size: 2.375rem; block-size: 2.375rem; border-radius: 50%; font-size: 1.25rem; line-height: 1; }
.quick button:hover, .quick button:focus-visible { background: var(--_highlight-bg); }
.quick button[aria-checked="true"] { background: color-mix(in oklab, var(--_accent) 20%, var(--_surface-raised)); }
.dialog {
  margin: auto;
  inline-size: min(27rem, calc(100vw - 2rem));
  max-block-size: min(40rem, calc(100dvh - 2rem));
  border: var(--_border-width) solid var(--_border);
  border-radius: calc(var(--_radius) * 2);
  background: var(--_surface-raised);
  color: var(--_text);
  box-shadow: var(--_shadow);
  font: var(--_font-size)/var(--_line-height) var(--_font);
  overflow: hidden;
}
.dialog[open] { display: flex; }
.drawer {
  position: static;
  inline-size: var(--_details-width);
  block-size: 100%;
  max-block-size: none;
  margin: 0;
  border: 0;
  border-inline-start: var(--_border-width) solid var(--_border);
  border-radius: 0;
  background: var(--_surface);
  box-shadow: none;
}
.drawer .bar {
  position: sticky;
  inset-block-start: 0;
  z-index: 1;
  flex: none;
  min-block-size: 3.75rem;
  margin-inline: calc(var(--_space) * -4);
  padding-inline: calc(var(--_space) * 4) calc(var(--_space) * 2);
  border-block-end: var(--_border-width) solid var(--_border);
  background: inherit;
}
.drawer .dialog-body { padding-block-start: 0; background: inherit; }
.dialog::backdrop { background: var(--_overlay); }
.dialog-body { flex: 1; display: flex; flex-direction: column; gap: calc(var(--_space) * 3); min-block-size: 0; min-inline-size: 0; padding: calc(var(--_space) * 4); overflow: auto; }
.toast {
  position: absolute;
  inset-block-end: 5rem;
  inset-inline: 0;
  z-index: 5;
  display: flex;
  align-items: center;
  gap: calc(var(--_space) * 2);
  inline-size: fit-content;
  max-inline-size: calc(100% - 2rem);
  margin-inline: auto;
  padding: var(--_space) var(--_space) var(--_space) calc(var(--_space) * 4);
  border-radius: calc(var(--_radius) * 1.5);
  background: var(--_text);
  color: var(--_bg);
  box-shadow: var(--_shadow);
  font-size: 0.875rem;
}
.toast .round { color: inherit; }
.toast .link-button { color: inherit; text-decoration: underline; }

/* One pane at a time where there is little room */

@container app (inline-size < 35rem) {
  .list, .pane { grid-area: 1 / 1 / 2 / -1; }
  .list { border: 0; }
  .list-scroller { padding-inline: var(--_space); }
  .welcome { display: none; }
  .pane:has(> .thread) { z-index: 1; }
  .list + .pane:not(:has(> .thread)) { display: none; }
  /* Under the pane, where no key may lead; hidden, so that it keeps its place. */
  .list:has(+ .pane > .thread) { visibility: hidden; }
  .back { display: inline-grid; }
  /* Below the head, whose way back it would cover. */
  .banner { inset-block-start: 4.25rem; }
}
@media (pointer: coarse) {
  .round { inline-size: 2.75rem; block-size: 2.75rem; }
  .chip, .button { min-block-size: 2.75rem; }
  .menu > button { min-block-size: 2.75rem; }
}
@media (prefers-reduced-motion: reduce) {
  .skeleton-entry > *, .skeleton-bubble, .dots i { animation: none; }
}
@media (forced-colors: active) {
  .entry.is-selected, .chip[aria-pressed="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .entry-more { border: 1px solid; }
  .badge, .presence, .round.accent, .button.accent { forced-color-adjust: none; }
}
@media print {
  .list, .composer, .typing, .banner, .thread-head .round { display: none; }
}
`;
