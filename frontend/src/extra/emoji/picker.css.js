/**
 * The look of the emoji picker. Colours and sizes come from the `--_…` properties of the
 * element it is put into.
 */

export const picker = `
:host {
  --_cell: 2.5rem;
  --_heading: 1.875rem;
  --_pad: calc(var(--_space, 0.25rem) * 2);
  display: block;
  inline-size: min(21.5rem, calc(100vw - 1rem));
  block-size: min(24rem, calc(100dvh - 1rem));
  background: var(--_surface-raised);
  color: var(--_text);
  font: 0.875rem/1.4 var(--_font);
  text-align: start;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.picker { display: flex; flex-direction: column; block-size: 100%; }
button, input {
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  -webkit-tap-highlight-color: transparent;
}
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--_focus); outline-offset: -2px; }
.cell, .tab, .tone, .tone-button {
  display: grid;
  place-items: center;
  font-family: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", "Twemoji Mozilla", var(--_font);
  line-height: 1;
  user-select: none;
}
.hidden {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.head { flex: none; display: flex; align-items: center; gap: var(--_pad); padding: var(--_pad) var(--_pad) 0; }
.search {
  flex: 1;
  min-inline-size: 0;
  block-size: 2.25rem;
  padding-inline: 0.75rem;
  border-radius: 999px;
  background: color-mix(in oklab, var(--_text) 6%, var(--_surface-raised));
  font-size: max(1rem, var(--_font-size, 1rem));
}
.search::placeholder { color: var(--_text-muted); opacity: 1; }
.search:focus-visible { outline-offset: 1px; }
.tone-button { flex: none; inline-size: 2.25rem; block-size: 2.25rem; border-radius: 50%; font-size: 1.25rem; }
.tone-button:hover, .tone-button[aria-expanded="true"] { background: var(--_highlight-bg); }
.tones { flex: none; display: flex; justify-content: end; gap: 2px; margin: 0; padding: var(--_pad) var(--_pad) 0; border: 0; }
.tone { position: relative; inline-size: 2.25rem; block-size: 2.25rem; border-radius: 50%; font-size: 1.25rem; cursor: pointer; }
.tone input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
.tone:hover { background: var(--_highlight-bg); }
.tone:has(:checked) { background: color-mix(in oklab, var(--_accent) 20%, var(--_surface-raised)); }
.tone:has(:focus-visible) { outline: 2px solid var(--_focus); outline-offset: -2px; }

.tabs { flex: none; display: flex; padding: var(--_pad) var(--_pad) 0; border-block-end: var(--_border-width, 1px) solid var(--_border); }
.tab { flex: 1; min-inline-size: 0; block-size: 2.25rem; border-block-end: 2px solid transparent; font-size: 1.125rem; filter: grayscale(1); opacity: 0.75; }
.tab:hover { opacity: 1; filter: none; }
.tab[aria-current="true"] { border-color: var(--_accent); opacity: 1; filter: none; }

.scroller {
  position: relative;
  flex: 1;
  min-block-size: 0;
  overflow: hidden auto;
  overscroll-behavior: contain;
  scroll-padding-block: var(--_heading) 0.25rem;
  scrollbar-width: thin;
  scrollbar-color: color-mix(in oklab, var(--_text) 25%, transparent) transparent;
  scrollbar-gutter: stable;
}
.group { padding-inline-start: var(--_pad); }
.heading {
  position: sticky;
  inset-block-start: 0;
  z-index: 1;
  display: flex;
  align-items: center;
  block-size: var(--_heading);
  margin: 0;
  padding-inline-start: 0.375rem;
  background: var(--_surface-raised);
  color: var(--_text-muted);
  font-size: 0.75rem;
  font-weight: 650;
}
.block {
  display: grid;
  grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
  grid-auto-rows: var(--_cell);
  block-size: calc(var(--rows) * var(--_cell));
  content-visibility: auto;
}
.cell { border-radius: var(--_radius, 0.5rem); font-size: 1.5rem; }
.cell:hover, .cell:focus-visible { background: var(--_highlight-bg); }
.cell:active { background: color-mix(in oklab, var(--_accent) 20%, var(--_surface-raised)); }

.state { flex: 1; display: grid; place-content: center; justify-items: center; gap: 0.75rem; padding: 1.5rem; color: var(--_text-muted); text-align: center; }
.retry {
  min-block-size: 2.25rem;
  padding-inline: 0.875rem;
  border: var(--_border-width, 1px) solid var(--_border);
  border-radius: var(--_radius, 0.5rem);
  color: var(--_text);
  font-weight: 600;
}
.retry:hover { background: var(--_highlight-bg); }

@media (forced-colors: active) {
  .tab[aria-current="true"] { border-color: Highlight; }
  .tone:has(:checked) { outline: 2px solid Highlight; outline-offset: -2px; }
}
`;
