/** The look of what is in dialogs and in the drawer; it joins the sheets of the element. */

export const panels = `
.emoji-box { box-sizing: border-box; padding: 0; overflow: hidden; }
.mentions {
  position: absolute;
  inset-block-end: 100%;
  inset-inline: calc(var(--_space) * 3);
  max-inline-size: 24rem;
  max-block-size: 16rem;
  overflow: auto;
  padding: var(--_space);
  border: var(--_border-width) solid var(--_border);
  border-radius: calc(var(--_radius) * 1.5);
  background: var(--_surface-raised);
  box-shadow: var(--_shadow);
  z-index: 3;
}
.mentions li { display: flex; align-items: center; gap: calc(var(--_space) * 2); padding: var(--_space) calc(var(--_space) * 2); border-radius: var(--_radius); cursor: pointer; }
.mentions li[aria-selected="true"], .mentions li:hover { background: var(--_highlight-bg); }
.mentions .face { inline-size: 1.75rem; block-size: 1.75rem; }
.mentions .face-letters { font-size: 0.6875rem; }
.people, .details { display: flex; flex-direction: column; gap: calc(var(--_space) * 3); min-block-size: 0; }
.people-list { min-block-size: 0; max-block-size: 20rem; overflow: auto; margin-inline: calc(var(--_space) * -2); }
/* Without anything to focus no key would scroll it: all of it scrolls with what is around. */
:is(.drawer .people-list, .people-list:not(:has(button))) { max-block-size: none; overflow: visible; }
.person, .member { display: flex; align-items: center; gap: calc(var(--_space) * 2.5); inline-size: 100%; padding: calc(var(--_space) * 1.5) calc(var(--_space) * 2); border-radius: var(--_radius); }
.person:hover { background: var(--_highlight-bg); }
.person[aria-pressed="true"] { background: color-mix(in oklab, var(--_accent) 13%, transparent); }
.person[aria-pressed="true"] .muted { color: color-mix(in oklab, var(--_text) 80%, var(--_bg)); }
.person .icon-check { color: var(--_accent); stroke-width: 2; }
.drawer .member:has(> .link-button) { display: grid; grid-template-columns: auto 1fr auto; row-gap: 0; }
.drawer .member > .face, .drawer .member > .round { grid-row: 1 / span 2; }
.drawer .member > .link-button { grid-area: 2 / 2; justify-self: start; line-height: 1.2; }
.person-name { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
.member .emoji { font-size: 1.25rem; }
.field { display: grid; gap: var(--_space); flex: 1; min-inline-size: 0; font-size: 0.8125rem; font-weight: 600; }
.field input { min-inline-size: 0; min-block-size: 2.25rem; padding-inline: calc(var(--_space) * 3); border: var(--_border-width) solid color-mix(in oklab, var(--_text) 45%, var(--_bg)); border-radius: var(--_radius); background: var(--_bg); font-size: max(1rem, var(--_font-size)); font-weight: 400; }
.field-line { display: flex; align-items: flex-end; gap: calc(var(--_space) * 2); }
.section-title { font-size: 0.8125rem; font-weight: 680; color: var(--_text-muted); }
.dialog-actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: calc(var(--_space) * 2); }
.drawer .details > .dialog-actions { justify-content: flex-start; padding-block-start: calc(var(--_space) * 3); border-block-start: var(--_border-width) solid var(--_border); }
.question { display: grid; gap: calc(var(--_space) * 3); padding: calc(var(--_space) * 3); border-radius: var(--_radius); background: var(--_highlight-bg); }
.revealed { white-space: pre-wrap; overflow-wrap: anywhere; }
.dialog:has(.keys) { inline-size: min(46rem, calc(100vw - 2rem)); }
.keys { columns: 15rem 2; column-gap: calc(var(--_space) * 8); }
.keys section { break-inside: avoid; padding-block-end: calc(var(--_space) * 4); }
.keys dl { margin: var(--_space) 0 0; font-size: 0.875rem; }
.keys div { display: flex; align-items: baseline; justify-content: space-between; gap: calc(var(--_space) * 3); padding-block: calc(var(--_space) * 0.75); }
.keys dd { flex: none; display: flex; flex-wrap: wrap; justify-content: flex-end; gap: var(--_space) calc(var(--_space) * 2); margin: 0; }
.keys dd span { display: inline-flex; gap: 2px; }
kbd { min-inline-size: 1.5rem; padding: 0 0.375rem; border: var(--_border-width) solid var(--_border); border-radius: 0.25rem; background: var(--_surface); font: 0.75rem/1.375rem var(--_font); text-align: center; }
`;
