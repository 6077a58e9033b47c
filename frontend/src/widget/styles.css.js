/** The look of the light elements. */

import { tokens } from "../ui/styles/thread.css.js";

const rules = `
:host { display: inline-block; }
:host([hidden]) { display: none; }
.hidden {
  position: absolute;
  inline-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
`;

export const badge = `
:host { position: relative; }
:host([count="0"]), :host(:not([count])) { display: none; }
.badge {
  display: grid;
  place-items: center;
  min-inline-size: 0.5rem;
  block-size: 1.25rem;
  padding-inline: 0.375rem;
  border-radius: 1rem;
  background: var(--_unread);
  color: var(--_accent-text);
  font: 600 0.75rem var(--dc-font, system-ui, sans-serif);
}
`;

export const panel = `
button { margin: 0; padding: 0; border: 2px solid transparent; cursor: pointer; }
:focus-visible { outline: 2px solid var(--_focus); outline-offset: 2px; }
svg { inline-size: 1rem; fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linecap: round; stroke-linejoin: round; }
.panel {
  box-sizing: border-box;
  padding: 0;
  border: 1px solid var(--_border);
  border-radius: calc(var(--_radius) * 2);
  overflow: hidden;
  background: var(--_bg);
  color: var(--_text);
  font-family: var(--dc-font, system-ui, sans-serif);
  box-shadow: 0 2px 8px rgb(0 0 0 / 12%), 0 16px 48px rgb(0 0 0 / 24%);
}
.panel > * { min-block-size: 0; block-size: 100%; }
.close { display: grid; place-items: center; inline-size: 2.75rem; block-size: 2.75rem; border-radius: 50%; background: none; color: inherit; }
:is(.button, .launcher) { background: var(--_accent); color: var(--_accent-text); transition: var(--_duration); }
:is(.button, .launcher):hover { background: color-mix(in oklab, var(--_accent) 88%, var(--_text)); }
@media (width < 560px) {
  .panel { inset: 0; inline-size: 100%; block-size: 100%; max-inline-size: none; max-block-size: none; border: 0; border-radius: 0; }
}
`;

export const widget = `
:host {
  --_size: var(--dc-launcher-size, 3.5rem);
  --_offset: var(--dc-widget-offset, 1rem);
  --_block: max(var(--_offset), env(safe-area-inset-bottom));
  --_inline: max(var(--_offset), env(safe-area-inset-left), env(safe-area-inset-right));
}
.launcher, .panel {
  position: fixed;
  inset-block: auto var(--_block);
  inset-inline: auto var(--_inline);
  z-index: var(--dc-z, 1000);
}
:host([position="start"]) :is(.launcher, .panel) { inset-inline: var(--_inline) auto; }
.launcher {
  display: grid;
  place-items: center;
  inline-size: var(--_size);
  block-size: var(--_size);
  border-radius: 50%;
  box-shadow: 0 2px 8px rgb(0 0 0 / 12%), 0 8px 24px rgb(0 0 0 / 24%);
}
.launcher svg { grid-area: 1 / 1; inline-size: 45%; transition: var(--_duration); }
[aria-expanded="false"] svg + svg, [aria-expanded="true"] svg:first-child { opacity: 0; rotate: 45deg; }
[aria-expanded="true"] django-chat-badge { display: none; }
django-chat-badge { position: absolute; inset-block-start: -0.5rem; inset-inline-end: -0.5rem; }
django-chat-badge::part(badge) { border: 2px solid var(--_bg); background: var(--_danger); color: var(--_bg); }
.panel { outline: 0; transition: var(--_duration); }
@starting-style {
  .panel { opacity: 0; translate: 0 0.75rem; }
}
.panel > slot { display: grid; place-items: center; animation: dc-late 1s; }
@keyframes dc-late { from, 99% { opacity: 0; } }
@media (width >= 560px) {
  .panel {
    inset-block-end: calc(var(--_block) + var(--_size) + 0.75rem);
    margin: 0;
    inline-size: var(--dc-widget-width, 23.75rem);
    block-size: min(var(--dc-widget-height, 40rem), 80dvh, 100dvh - var(--_block) - var(--_size) - 1.75rem);
  }
  .panel .close { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
}
@media print {
  :host { display: none; }
}
`;

export const button = `
.button {
  min-block-size: 2.75rem;
  padding-inline: 1rem;
  border-radius: var(--_radius);
  font: 600 1rem var(--dc-font, system-ui, sans-serif);
}
.panel { inline-size: 30rem; block-size: 40rem; }
.panel::backdrop { background: rgb(0 0 0 / 48%); }
.close { position: absolute; z-index: 1; inset-block-start: 0.5rem; inset-inline-end: 0.5rem; }
django-chat-thread::part(header) { padding-inline-end: 3.5rem; }
`;

/** @type {(sheets: string) => string} The tokens that sheets ask for, and those that these need. */
function tokensOf(sheets) {
  const found = tokens.replace(/^ *(--[\w-]+):.*\n/gm, (line, name) => (sheets.includes(`var(${name})`) ? line : ""));
  return sheets.includes(found) ? found : tokensOf(sheets + found);
}

/** The rules that all share. */
export const shared = tokensOf(badge + panel + widget + button) + rules;
