/** The stylesheets of a shadow root: constructed, so that no policy has to allow inline ones. */

import { unsafeCSS } from "lit";
import { chrome } from "./chrome.css.js";
import { thread, tokens } from "./thread.css.js";

export const styles = [unsafeCSS(tokens), unsafeCSS(thread), unsafeCSS(chrome)];
