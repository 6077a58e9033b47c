/**
 * The look of the message list, for a constructable stylesheet in a shadow root.
 *
 * A host sets the public `--dc-…` properties on any ancestor; what it leaves out comes from
 * the defaults here. Shades are mixed from accent, background and text, so that these three
 * make a theme. `color-scheme` of the host, or `theme` on the element, chooses light or dark.
 */

export const tokens = `
:host {
  --_bg: var(--dc-color-bg, light-dark(#ffffff, #14161b));
  --_surface: var(--dc-color-surface, color-mix(in oklab, var(--_text) 3%, var(--_bg)));
  --_surface-raised: var(--dc-color-surface-raised, light-dark(#ffffff, #23272f));
  --_text: var(--dc-color-text, light-dark(#1a1e26, #e7e9ee));
  --_text-muted: var(--dc-color-text-muted, color-mix(in oklab, var(--_text) 68%, var(--_bg)));
  --_border: var(--dc-color-border, color-mix(in oklab, var(--_text) 13%, var(--_bg)));
  --_accent: var(--dc-color-accent, light-dark(#3a57d0, #8fa5ff));
  --_accent-text: var(--dc-color-accent-text, light-dark(#ffffff, #10131c));
  --_link: var(--dc-color-link, var(--_accent));
  --_danger: var(--dc-color-danger, light-dark(#bf2c37, #ff8d8f));
  --_success: var(--dc-color-success, light-dark(#1b7a46, #63cf93));
  --_warning: var(--dc-color-warning, light-dark(#8a5a00, #f0b954));
  --_focus: var(--dc-color-focus, var(--_accent));
  --_own-bg: var(--dc-color-own-bg, light-dark(color-mix(in oklab, var(--_accent) 14%, var(--_bg)), color-mix(in oklab, var(--_accent) 27%, var(--_bg))));
  --_own-text: var(--dc-color-own-text, var(--_text));
  --_other-bg: var(--dc-color-other-bg, light-dark(color-mix(in oklab, color-mix(in oklab, var(--_text) 60%, var(--_accent)) 7%, var(--_bg)), color-mix(in oklab, color-mix(in oklab, var(--_text) 60%, var(--_accent)) 12%, var(--_bg))));
  --_other-text: var(--dc-color-other-text, var(--_text));
  --_mention-bg: var(--dc-color-mention-bg, color-mix(in oklab, var(--_warning) 20%, var(--_bg)));
  --_highlight-bg: var(--dc-color-highlight-bg, color-mix(in oklab, var(--_text) 5%, transparent));
  --_unread: var(--dc-color-unread, var(--_accent));
  --_online: var(--dc-color-online, var(--_success));
  --_away: var(--dc-color-away, var(--_warning));
  --_overlay: var(--dc-color-overlay, light-dark(rgb(16 20 30 / 45%), rgb(0 0 0 / 60%)));
  --_skeleton: var(--dc-color-skeleton, color-mix(in oklab, var(--_text) 9%, var(--_bg)));
  --_radius: var(--dc-radius, 0.5rem);
  --_radius-bubble: var(--dc-radius-bubble, 1.125rem);
  --_space: var(--dc-space, 0.25rem);
  --_border-width: var(--dc-border-width, 1px);
  --_shadow: var(--dc-shadow, 0 1px 2px rgb(0 0 0 / 8%), 0 4px 14px rgb(0 0 0 / 10%));
  --_font: var(--dc-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif);
  --_font-mono: var(--dc-font-mono, ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace);
  --_font-size: var(--dc-font-size, 0.9375rem);
  --_line-height: var(--dc-line-height, 1.45);
  --_avatar-size: var(--dc-avatar-size, 2rem);
  --_bubble-max: var(--dc-bubble-max, 65ch);
  --_duration: var(--dc-duration, 120ms);
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
`;

export const thread = `
.message-scroller {
  container: thread / inline-size;
  position: relative;
  display: flex;
  flex-direction: column;
  box-sizing: border-box;
  min-block-size: 0;
  overflow: hidden auto;
  overflow-anchor: none;
  overscroll-behavior: contain;
  scrollbar-gutter: stable;
  scrollbar-width: thin;
  scrollbar-color: color-mix(in oklab, var(--_text) 25%, transparent) transparent;
  background: var(--_bg);
  color: var(--_text);
  font: var(--_font-size)/var(--_line-height) var(--_font);
  text-align: start;
  -webkit-text-size-adjust: 100%;
}
.messages, .messages *, .overlay, .overlay * { box-sizing: border-box; }
.messages {
  flex: none;
  inline-size: 100%;
  max-inline-size: 62rem;
  margin-block-start: auto;
  margin-inline: auto;
  padding: 0 calc(var(--_space) * 5) calc(var(--_space) * 3);
}
.page { display: block; }

button {
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-align: inherit;
  cursor: pointer;
  -webkit-tap-highlight-color: transparent;
}
:focus-visible { outline: 2px solid var(--_focus); outline-offset: 2px; }
[hidden] { display: none !important; }
.hidden-text {
  position: absolute;
  overflow: hidden;
  inline-size: 1px;
  block-size: 1px;
  clip-path: inset(50%);
  white-space: nowrap;
}
.icon {
  flex: none;
  inline-size: 1rem;
  block-size: 1rem;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.4;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.link-button {
  color: var(--_link);
  font-size: 0.8125rem;
  font-weight: 600;
  border-radius: 0.25rem;
  min-block-size: 1.5rem;
}
.link-button:hover { text-decoration: underline; text-underline-offset: 0.15em; }
.link-button.danger { color: var(--_danger); }

/* Rows */

.row { position: relative; }
.message {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  margin-block-start: 0.125rem;
  border-radius: var(--_radius);
  scroll-margin-block: 3.5rem;
}
.message[data-first] { margin-block-start: calc(var(--_space) * 3); }
.day + .message[data-first], .unread + .message[data-first] { margin-block-start: calc(var(--_space) * 2); }
.message:focus { outline: none; }
.message:focus-visible .bubble { outline: 2px solid var(--_focus); outline-offset: 2px; }
.stack {
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  min-inline-size: 0;
  max-inline-size: min(var(--_bubble-max), 100% - 5.5rem);
}
.avatar {
  display: grid;
  place-items: center;
  overflow: hidden;
  inline-size: var(--_avatar-size);
  block-size: var(--_avatar-size);
  border-radius: 50%;
  background: light-dark(oklch(0.9 0.055 var(--hue)), oklch(0.38 0.075 var(--hue)));
  color: light-dark(oklch(0.4 0.11 var(--hue)), oklch(0.91 0.05 var(--hue)));
  font-size: 0.75rem;
  font-weight: 650;
  letter-spacing: 0.01em;
  line-height: 1;
  user-select: none;
}
.avatar img { inline-size: 100%; block-size: 100%; object-fit: cover; }
.bubble {
  position: relative;
  min-inline-size: 0;
  max-inline-size: 100%;
  padding: 0.4375rem 0.75rem;
  border-radius: var(--_radius-bubble);
  background: var(--_other-bg);
  color: var(--_other-text);
}
.author {
  overflow: hidden;
  margin-block-end: 0.0625rem;
  color: light-dark(oklch(0.46 0.12 var(--hue)), oklch(0.8 0.09 var(--hue)));
  font-size: 0.8125rem;
  font-weight: 650;
  line-height: 1.4;
  text-overflow: ellipsis;
  white-space: nowrap;
}

/* Text */

.content { display: flow-root; unicode-bidi: plaintext; }
.body {
  display: inline;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}
.body.folded {
  display: block;
  max-block-size: 26lh;
  overflow: hidden;
  mask-image: linear-gradient(to bottom, #000 calc(100% - 3lh), transparent);
}
.fold { display: inline-block; margin-block: 0.25rem 0.125rem; }
.body a { color: var(--_link); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 0.16em; text-decoration-color: color-mix(in oklab, currentColor 45%, transparent); border-radius: 0.2rem; }
.body a:hover { text-decoration-color: currentColor; }
.body code {
  padding: 0.08em 0.32em;
  border-radius: 0.3rem;
  background: color-mix(in oklab, var(--_text) 8%, transparent);
  font-family: var(--_font-mono);
  font-size: 0.875em;
  unicode-bidi: isolate;
}
.body pre {
  overflow: auto;
  max-block-size: 24rem;
  margin: 0.3125rem 0;
  padding: 0.5rem 0.625rem;
  border-radius: var(--_radius);
  background: color-mix(in oklab, var(--_text) 7%, transparent);
  text-align: left;
  white-space: pre;
  font-size: 0.8125rem;
  line-height: 1.55;
  scrollbar-width: thin;
}
.body pre code { padding: 0; background: none; font-size: inherit; }
.body blockquote {
  margin: 0.1875rem 0;
  padding-inline-start: 0.625rem;
  border-inline-start: 3px solid color-mix(in oklab, var(--_text) 25%, transparent);
  color: color-mix(in oklab, var(--_text) 80%, var(--_bg));
}
.body > :is(pre, blockquote):first-child { margin-block-start: 0.125rem; }
.mention {
  padding: 0.02em 0.28em;
  border-radius: 0.35rem;
  background: color-mix(in oklab, var(--_accent) 14%, transparent);
  color: color-mix(in oklab, var(--_link) 75%, var(--_text));
  font-weight: 600;
}
.mention-me { background: var(--_mention-bg); color: color-mix(in oklab, var(--_warning) 75%, var(--_text)); }
[data-mentions-me] .bubble::before {
  content: "";
  position: absolute;
  inset-block: 0.5625rem;
  inset-inline-start: 0.3125rem;
  inline-size: 0.1875rem;
  border-radius: 0.125rem;
  background: var(--_warning);
}
[data-appearance="bubble"] [data-mentions-me] .bubble { padding-inline-start: 0.9375rem; }

.meta {
  float: inline-end;
  display: inline-flex;
  align-items: center;
  gap: 0.25rem;
  position: relative;
  inset-block-start: 0.1875rem;
  margin-block-start: 0.25rem;
  margin-inline-start: 0.75rem;
  color: color-mix(in oklab, var(--_text) 74%, var(--_bg));
  font-size: 0.6875rem;
  font-variant-numeric: tabular-nums;
  line-height: 1.125rem;
  white-space: nowrap;
  user-select: none;
}
.meta .icon { inline-size: 0.875rem; block-size: 0.875rem; }
.meta span { display: inline-flex; }
.state-read { color: var(--_accent); }
.state-read .icon { stroke-width: 2.1; }
.state-failed { color: var(--_danger); }
.meta .at { color: var(--_warning); }
.edited { font-style: italic; }

/* Times of messages that do not end their group wait beside the bubble. */
.messages:not([data-appearance="plain"]) .message:not([data-last]) .time {
  position: absolute;
  inset-block-end: 0.4375rem;
  inset-inline-start: calc(100% + 0.5rem);
  opacity: 0;
  transition: opacity var(--_duration);
}
.message:not([data-last]):is(:hover, :focus-within) .time { opacity: 1 !important; }
.messages:not([data-appearance="plain"]) .message:not([data-last]) .content,
.messages:not([data-appearance="plain"]) .message:not([data-last]) .meta { position: static; }
.messages:not([data-appearance="plain"]) .message:not([data-last]) .meta { margin-inline-start: 0; }
.messages:not([data-appearance="plain"]) .message:not([data-last]) .meta > :not(.time) { margin-inline-start: 0.75rem; }

/* Quoted message */

.quote {
  display: block;
  inline-size: 100%;
  margin-block: 0.125rem 0.3125rem;
  padding: 0.25rem 0.625rem;
  border-inline-start: 3px solid light-dark(oklch(0.6 0.12 var(--hue, 0)), oklch(0.75 0.1 var(--hue, 0)));
  border-radius: 0.375rem;
  background: color-mix(in oklab, var(--_text) 5.5%, transparent);
  font-size: 0.8125rem;
  line-height: 1.4;
}
button.quote:hover { background: color-mix(in oklab, var(--_text) 9%, transparent); }
.quoted-author {
  display: block;
  color: light-dark(oklch(0.46 0.12 var(--hue, 0)), oklch(0.8 0.09 var(--hue, 0)));
  font-weight: 650;
}
.excerpt {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  overflow: hidden;
  color: color-mix(in oklab, var(--_text) 80%, var(--_bg));
  overflow-wrap: anywhere;
}
.quote-empty { border-inline-start-color: var(--_border); }
.quote-empty .excerpt { color: var(--_text-muted); font-style: italic; }

/* Reactions */

.reactions { display: flex; flex-wrap: wrap; gap: 0.25rem; margin-block: 0.25rem 0.125rem; }
.reaction {
  display: inline-flex;
  align-items: center;
  gap: 0.3125rem;
  min-block-size: 1.625rem;
  padding-inline: 0.5rem;
  border: var(--_border-width) solid var(--_border);
  border-radius: 1rem;
  background: var(--_bg);
  color: var(--_text-muted);
  font-size: 0.75rem;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  line-height: 1;
}
.reaction:hover { border-color: color-mix(in oklab, var(--_text) 32%, var(--_bg)); }
.reaction .emoji { font-size: 0.9375rem; }
.reaction[aria-pressed="true"] {
  border-color: var(--_accent);
  background: color-mix(in oklab, var(--_accent) 13%, var(--_bg));
  color: var(--_accent);
  box-shadow: inset 0 0 0 0.5px var(--_accent);
}

.readers { margin-block-start: 0.125rem; color: var(--_text-muted); font-size: 0.6875rem; font-weight: 500; min-block-size: 1.5rem; }

/* Actions */

.actions {
  position: absolute;
  z-index: 1;
  inset-block-start: -0.875rem;
  inset-inline-end: -1.75rem;
  display: flex;
  padding: 0.125rem;
  border: var(--_border-width) solid var(--_border);
  border-radius: 0.625rem;
  background: var(--_surface-raised);
  color: var(--_text-muted);
  box-shadow: var(--_shadow);
  opacity: 0;
  pointer-events: none;
  transition: opacity var(--_duration);
}
.message:is(:hover, :focus-within) .actions, .actions:has([aria-expanded="true"]) { opacity: 1; pointer-events: auto; }
.message:is(:hover, :focus-within) { z-index: 2; }
.tool {
  display: grid;
  place-items: center;
  inline-size: 1.75rem;
  block-size: 1.625rem;
  border-radius: 0.4375rem;
}
.tool:hover { background: color-mix(in oklab, var(--_text) 9%, transparent); color: var(--_text); }
.icon-more { stroke-width: 2.2; }

/* Own messages, bubble look */

[data-own] .bubble { background: var(--_own-bg); color: var(--_own-text); }
[data-appearance="bubble"] [data-own] .stack { justify-self: end; align-items: flex-end; }
[data-appearance="bubble"] [data-own] .actions { inset-inline: -1.75rem auto; }
[data-appearance="bubble"] [data-own]:not([data-last]) .time { inset-inline: auto calc(100% + 0.5rem) !important; }
[data-appearance="bubble"] [data-own] :is(.author, .avatar) { display: none; }
[data-appearance="bubble"] [data-own] .reactions { justify-content: flex-end; }
[data-appearance="bubble"]:not([data-group]) :is(.author, .avatar) { display: none; }
[data-appearance="bubble"][data-group] .message:not([data-own]) {
  grid-template-columns: var(--_avatar-size) minmax(0, 1fr);
  column-gap: calc(var(--_space) * 2);
}
[data-appearance="bubble"][data-group] .message:not([data-own]) .stack { grid-column: 2; }
[data-appearance="bubble"] .message:not([data-own], [data-first]) .bubble { border-start-start-radius: 0.375rem; }
[data-appearance="bubble"] .message:not([data-own], [data-last]) .bubble { border-end-start-radius: 0.375rem; }
[data-appearance="bubble"] [data-own]:not([data-first]) .bubble { border-start-end-radius: 0.375rem; }
[data-appearance="bubble"] [data-own]:not([data-last]) .bubble { border-end-end-radius: 0.375rem; }

/* States */

[data-emoji] .body { font-size: 2.25rem; line-height: 1.25; }
[data-appearance="bubble"] [data-emoji] .bubble:not(:has(> .quote)) { background: none; box-shadow: none; padding: 0.125rem 0.25rem; }
[data-appearance="bubble"] [data-emoji] .bubble:not(:has(> .quote)) .meta { inset-block-start: 1.375rem; margin-block-end: 0.25rem; }
:is([data-state="queued"], [data-state="sending"]) .body { opacity: 0.72; }
[data-content]:not([data-content="text"]) .bubble {
  border: var(--_border-width) dashed var(--_border);
  background: none;
  color: var(--_text-muted);
}
[data-content]:not([data-content="text"]) .body { font-size: 0.875rem; }
[data-content]:not([data-content="text"]) .body > .icon { margin-inline-end: 0.4375rem; vertical-align: -0.15em; }
[data-content="blocked"] .body > .link-button { margin-inline-start: 0.5rem; }
[data-state="failed"] .bubble { box-shadow: 0 0 0 1.5px var(--_danger); background: color-mix(in oklab, var(--_danger) 7%, var(--_bg)); }
.failure {
  display: flex;
  flex-wrap: wrap;
  justify-content: flex-end;
  align-items: center;
  gap: 0 0.75rem;
  margin-block-start: 0.3125rem;
  color: var(--_danger);
  font-size: 0.8125rem;
}
.failure-text { display: inline-flex; align-items: center; gap: 0.3125rem; }
.failure-buttons { display: inline-flex; gap: 0.875rem; }
.flash .bubble { animation: flash 1.5s ease-out; }
@keyframes flash {
  0%, 60% { outline: 2.5px solid var(--_accent); outline-offset: 2px; }
  100% { outline: 2.5px solid transparent; outline-offset: 2px; }
}

/* Between messages */

.day { display: flex; justify-content: center; padding-block: calc(var(--_space) * 4) calc(var(--_space) * 1); }
.pill {
  margin: 0;
  padding: 0.1875rem 0.75rem;
  border-radius: 1rem;
  background: color-mix(in oklab, var(--_text) 6%, var(--_bg));
  color: var(--_text-muted);
  font-size: 0.75rem;
  font-weight: 600;
  line-height: 1.4;
}
.unread {
  display: flex;
  align-items: center;
  gap: 0.75rem;
  margin-block-start: calc(var(--_space) * 3);
  color: var(--_unread);
  font-size: 0.75rem;
  font-weight: 650;
}
.unread::before, .unread::after { content: ""; flex: 1; block-size: 1px; background: color-mix(in oklab, var(--_unread) 55%, transparent); }
.unread-date { font-weight: 500; }
.unread-date::before { content: "· "; }
.system {
  display: flex;
  justify-content: center;
  margin-block: calc(var(--_space) * 2);
  color: var(--_text-muted);
  font-size: 0.8125rem;
  line-height: 1.4;
  text-align: center;
  text-wrap: balance;
}
.system + .system { margin-block-start: calc(var(--_space) * -1); }
.system-text { max-inline-size: 60ch; overflow-wrap: anywhere; }
.system bdi { font-weight: 600; }
.tombstones { display: inline-flex; align-items: center; gap: 0.4375rem; }
.system .link-button { margin-inline-start: 0.25rem; }

.edge { display: grid; place-content: center; grid-auto-flow: column; align-items: center; gap: 0.75rem; color: var(--_text-muted); font-size: 0.8125rem; }
.edge:is([data-kind="loading"], [data-kind="failed"]) { block-size: 3.5rem; }
.edge[data-kind="start"] { padding-block: calc(var(--_space) * 6) 0; }
.edge-text { margin: 0; }
.spinner {
  inline-size: 1.25rem;
  block-size: 1.25rem;
  border: 2px solid var(--_border);
  border-block-start-color: var(--_accent);
  border-radius: 50%;
  animation: spin 0.8s linear infinite;
}
@keyframes spin { to { rotate: 1turn; } }

/* What lies over the list */

.overlay { position: sticky; z-index: 3; flex: none; inline-size: 100%; max-inline-size: 62rem; block-size: 0; margin-inline: auto; }
.overlay-top { inset-block-start: 0; }
.overlay-bottom { inset-block-end: 0; }
.day-hint-place { position: absolute; inset-block-start: 0.5rem; inset-inline: 0; display: flex; justify-content: center; pointer-events: none; }
.day-hint {
  background: var(--_surface-raised);
  box-shadow: 0 0 0 var(--_border-width) var(--_border), var(--_shadow);
  opacity: 0;
  transition: opacity calc(var(--_duration) * 2);
}
.day-hint.shown { opacity: 1; }
.unread-banner {
  position: absolute;
  inset-block-start: 0.5rem;
  inset-inline: calc(var(--_space) * 4);
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0 1rem;
  inline-size: fit-content;
  margin-inline: auto;
  padding: 0.3125rem 0.875rem;
  border: var(--_border-width) solid color-mix(in oklab, var(--_accent) 35%, var(--_bg));
  border-radius: 1.25rem;
  background: color-mix(in oklab, var(--_accent) 10%, var(--_surface-raised));
  box-shadow: var(--_shadow);
  font-size: 0.8125rem;
}
.unread-banner:not([hidden]) { z-index: 1; }
.latest {
  position: absolute;
  inset-block-end: 0.875rem;
  inset-inline-end: calc(var(--_space) * 4);
  display: grid;
  place-items: center;
  inline-size: 2.5rem;
  block-size: 2.5rem;
  border: var(--_border-width) solid var(--_border);
  border-radius: 50%;
  background: var(--_surface-raised);
  color: var(--_text-muted);
  box-shadow: var(--_shadow);
}
.latest:hover { color: var(--_text); }
.latest .icon { inline-size: 1.25rem; block-size: 1.25rem; }
.latest-count:not(:empty) {
  position: absolute;
  inset-block-start: -0.4375rem;
  min-inline-size: 1.25rem;
  padding-inline: 0.3125rem;
  border-radius: 0.625rem;
  background: var(--_unread);
  color: var(--_accent-text);
  font-size: 0.6875rem;
  font-weight: 700;
  line-height: 1.25rem;
  text-align: center;
}

/* Plain look */

[data-appearance="plain"] .message {
  grid-template-columns: var(--_avatar-size) minmax(0, 1fr);
  column-gap: calc(var(--_space) * 3);
  margin-block-start: 0;
  margin-inline: calc(var(--_space) * -2);
  padding: 0.125rem calc(var(--_space) * 2);
}
[data-appearance="plain"] .message[data-first] { margin-block-start: calc(var(--_space) * 2); padding-block-start: 0.3125rem; }
[data-appearance="plain"] .message:is(:hover, :focus-within) { background: var(--_highlight-bg); }
[data-appearance="plain"] .message:focus-visible { outline: 2px solid var(--_focus); outline-offset: -2px; }
[data-appearance="plain"] .message:focus-visible .bubble { outline: none; }
[data-appearance="plain"] .avatar { border-radius: var(--_radius); margin-block-start: 0.1875rem; }
[data-appearance="plain"] .stack { grid-column: 2; max-inline-size: 100%; align-items: stretch; }
[data-appearance="plain"] .bubble {
  position: static;
  display: grid;
  grid-template-columns: fit-content(var(--_bubble-max)) minmax(0, 1fr);
  padding: 0;
  border: 0 !important;
  border-radius: 0.25rem;
  background: none;
  box-shadow: none;
}
[data-appearance="plain"] .content { display: contents; }
[data-appearance="plain"] .body { display: block; grid-column: 1; min-inline-size: 0; unicode-bidi: plaintext; }
[data-appearance="plain"] .body.folded { unicode-bidi: plaintext; }
[data-appearance="plain"] .quote { grid-column: 1 / -1; justify-self: start; inline-size: auto; max-inline-size: min(100%, var(--_bubble-max)); }
[data-appearance="plain"] .fold { grid-column: 1 / -1; justify-self: start; }
[data-appearance="plain"] .author { grid-area: 1 / 1; color: var(--_text); font-size: var(--_font-size); line-height: 1.35; }
[data-appearance="plain"] .meta { float: none; position: static; align-self: end; justify-self: start; margin: 0; margin-inline-start: 0.5rem; }
[data-appearance="plain"] [data-first] .bubble { grid-template-columns: fit-content(60%) minmax(0, 1fr); }
[data-appearance="plain"] [data-first] .body { grid-column: 1 / -1; max-inline-size: var(--_bubble-max); }
[data-appearance="plain"] [data-first] .meta { grid-area: 1 / 2; align-self: center; }
[data-appearance="plain"] .time {
  position: absolute;
  inset-block-start: 0.25rem;
  inset-inline-start: calc(var(--_space) * 2);
  inline-size: var(--_avatar-size);
  justify-content: center;
  font-size: 0.625rem;
  text-align: center;
  opacity: 0;
}
[data-appearance="plain"] .message:is(:hover, :focus-within) .time { opacity: 1; }
[data-appearance="plain"] .message[data-first] .time { position: static; inline-size: auto; font-size: 0.6875rem; opacity: 1; }
[data-appearance="plain"] .actions { inset-block-start: -0.75rem; inset-inline-end: 0.5rem; }
[data-appearance="plain"] [data-mentions-me] { border-radius: 0; background: color-mix(in oklab, var(--_warning) 9%, transparent); }
[data-appearance="plain"] [data-mentions-me] .bubble::before { inset-block: 0; inset-inline-start: 0; border-radius: 0; }
[data-appearance="plain"] [data-state="failed"] .bubble { background: none; color: var(--_danger); }
[data-appearance="plain"] .failure { justify-content: flex-start; }
[data-appearance="plain"] .readers { align-self: flex-start; }

/* Small, coarse, quiet, plain paper */

@container thread (inline-size < 35rem) {
  .messages { padding-inline: calc(var(--_space) * 3); }
  .stack { max-inline-size: min(var(--_bubble-max), 88%); }
  [data-appearance="bubble"] .message:not([data-last]) .time { display: none; }
  .actions { inset-inline-end: 0; }
  [data-appearance="bubble"] [data-own] .actions { inset-inline: 0 auto; }
}
@media (pointer: coarse) {
  .reaction { min-block-size: 2rem; padding-inline: 0.625rem; }
  .link-button { min-block-size: 2.75rem; }
  .latest { inline-size: 2.75rem; block-size: 2.75rem; }
  .tool { inline-size: 2.75rem; block-size: 2.5rem; }
}
@media (prefers-reduced-motion: reduce) {
  .messages *, .overlay * { transition-duration: 0s !important; }
  .spinner { animation-duration: 3s; }
}
@media (prefers-contrast: more) {
  .bubble, .reaction, .pill { border: 1px solid var(--_text-muted); }
  .meta, .pill, .system { color: var(--_text); }
}
@media (forced-colors: active) {
  .bubble { border: 1px solid CanvasText; }
  [data-own] .bubble { border-width: 2px; }
  [data-mentions-me] .bubble { border-inline-start: 4px solid Highlight; }
  [data-state="failed"] .bubble { border: 2px dashed LinkText; }
  .reaction[aria-pressed="true"] { border: 2px solid Highlight; }
  .pill, .latest, .actions, .unread-banner { border: 1px solid CanvasText; }
  .avatar { border: 1px solid CanvasText; }
  .unread::before, .unread::after { background: CanvasText; }
  .flash .bubble { outline: 3px solid Highlight; }
}
@media print {
  .message-scroller { display: block; overflow: visible; block-size: auto; }
  .overlay, .actions, .edge, .failure-buttons { display: none; }
  .bubble { border: 1px solid #999; }
  .body.folded { max-block-size: none; mask-image: none; }
  .message { break-inside: avoid; }
  .time { position: static !important; opacity: 1 !important; }
}
`;
