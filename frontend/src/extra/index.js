/** What few visits need: the pages load it when it is asked for, as a bundle of its own. */

export { createEmojiPicker } from "./emoji/picker.js";
