/** What opens on a click or a key: the elements load it when they have drawn themselves. */

export { lend } from "./lent.js";
export { openEmoji } from "./parts/emoji.js";
export { reveal, showReactions, showReaders } from "./parts/insight.js";
export { Details } from "./parts/details.js";
export { showKeys } from "./parts/keys.js";
export { MentionPicker } from "./parts/mentions.js";
export { panels as css } from "./parts/panels.css.js";
export { askForPeople } from "./parts/people.js";
export { askToBlock, askToDelete } from "./parts/questions.js";
export { openRowMenu } from "./parts/rowmenu.js";
