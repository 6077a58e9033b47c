/** Icons for templates: the same paths as in the message list, and those of the chrome. */

import { svg } from "lit";

const PATHS = {
  back: "M10 3 5 8l5 5",
  plus: "M8 3v10M3 8h10",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.4 10.4l3.1 3.1",
  close: "m4 4 8 8M12 4l-8 8",
  send: "M2.5 8 13.5 3l-3.6 10.5L7.6 9 2.5 8ZM7.6 9l5.9-6",
  smile:
    "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M5.6 9.4c1.1 1.7 3.7 1.7 4.8 0M6.1 6.3v.2M9.9 6.3v.2",
  info: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M8 7.4v3.6M8 5.1v.1",
  reply: "M6.5 3.5 2.5 7.5l4 4M3 7.5h5.5c3 0 5 1.6 5 4.8",
  pencil: "m10.4 3 2.6 2.6-7.3 7.3-3.2.6.6-3.2L10.4 3Z",
  trash: "M2.8 4.2h10.4M6.2 4V2.5h3.6V4M4.2 4.4l.6 9h6.4l.6-9",
  copy: "M6 5.5h7v8H6zM3 10.5v-8h7",
  unread: "M2.5 4h11v8h-11zM2.5 4.5 8 9l5.5-4.5",
  pin: "M6 2.5h4l-.5 4 2 2.5h-7l2-2.5-.5-4ZM8 9v4.5",
  archive: "M2.5 3h11v3h-11zM3.5 6v7.5h9V6M6.5 8.8h3",
  leave: "M6.5 2.5h-4v11h4M6 8h7.5M10.8 5.2 13.6 8l-2.8 2.8",
  block: "M8 2.25a5.75 5.75 0 1 1 0 11.5 5.75 5.75 0 0 1 0-11.5M4 4l8 8",
  people:
    "M6 3.2a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4M2 13c.2-2.5 1.8-3.8 4-3.8s3.8 1.3 4 3.8M10.6 3.6a2 2 0 0 1 0 3.7M11.6 9.5c1.5.4 2.3 1.6 2.4 3.3",
  person: "M8 2.8a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2M3.2 13.2c.3-2.7 2.1-4 4.8-4s4.5 1.3 4.8 4",
  chat: "M2.5 3.5h11v7.5H8l-3 2.5V11H2.5z",
  check: "m3.5 8.5 3 3 6-7",
  more: "M3.6 8v.1M8 8v.1M12.4 8v.1",
  warning: "M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.1",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export const glyph = (name) =>
  svg`<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
