/** The reactions that are at hand without a search. */

import { html } from "lit";
import { glyph } from "./icons.js";

/** The same as on the pages. */
export const QUICK_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/**
 * @param {import("../text/translate.js").Translate} t
 * @param {import("../../client/types").Message} message
 * @param {(emoji: string) => void} onPick
 * @param {() => void} onMore
 */
export const quickReactions = (t, { reactions }, onPick, onMore) =>
  html`<div class="quick" role="group">
    ${QUICK_REACTIONS.map(
      (emoji) =>
        html`<button
          type="button"
          role="menuitemcheckbox"
          aria-checked=${reactions.some((one) => one.emoji === emoji && one.me) ? "true" : "false"}
          data-dc="quick-reaction"
          @click=${() => onPick(emoji)}
        >
          ${emoji}
        </button>`,
    )}
    <button
      type="button"
      role="menuitem"
      title=${t("reaction.add")}
      aria-label=${t("reaction.add")}
      data-dc="more-reactions"
      @click=${onMore}
    >
      ${glyph("plus")}
    </button>
  </div>`;
