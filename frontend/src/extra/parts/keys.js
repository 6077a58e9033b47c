/** The list of the keys. */

import { html } from "../lent.js";

/** Names of texts, and the keys that do what they say: alternatives, each of keys together.
 * @type {[string, [string, string[][]][]][]} */
const GROUPS = [
  [
    "keys.everywhere",
    [
      ["keys.panes", [["F6"], ["Shift", "F6"]]],
      ["keys.conversations", [["Alt", "↑"], ["Alt", "↓"]]],
      ["keys.unread", [["Alt", "Shift", "↑"], ["Alt", "Shift", "↓"]]],
      ["keys.search", [["Mod", "K"]]],
      ["keys.cancel", [["Esc"]]],
      ["keys.help", [["?"]]],
    ],
  ],
  [
    "list.label",
    [
      ["keys.move", [["↑"], ["↓"]]],
      ["keys.open", [["Enter"]]],
      ["keys.menu", [["Shift", "F10"]]],
    ],
  ],
  [
    "keys.messages",
    [
      ["keys.move", [["↑"], ["↓"]]],
      ["keys.ends", [["Home"], ["End"]]],
      ["keys.enter", [["Enter"]]],
      ["action.reply", [["R"]]],
      ["action.edit", [["E"]]],
      ["action.react", [["+"]]],
      ["action.delete", [["Del"]]],
      ["keys.menu", [["."]]],
    ],
  ],
  [
    "keys.writing",
    [
      ["composer.send", [["Enter"]]],
      ["keys.newline", [["Shift", "Enter"]]],
      ["keys.editLast", [["↑"]]],
    ],
  ],
];

/** @param {string} key */
const shown = (key) => {
  const isMac = /Mac|iP(hone|ad)/u.test(navigator.platform);
  if (key === "Mod") return isMac ? "⌘" : "Ctrl";
  return isMac && key === "Alt" ? "⌥" : key;
};

/** @param {import("../../ui/elements/base.js").ChatElement} host */
export function showKeys(host) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  host.dialog.open(
    t("keys.title"),
    () => html`<div class="keys" data-dc="keys">
      ${GROUPS.map(
        ([title, keys]) =>
          html`<section>
            <h3 class="section-title">${t(title)}</h3>
            <dl>
              ${keys.map(
                ([name, ways]) =>
                  html`<div>
                    <dt>${t(name)}</dt>
                    <dd>${ways.map((way) => html`<span>${way.map((key) => html`<kbd>${shown(key)}</kbd>`)}</span>`)}</dd>
                  </div>`,
              )}
            </dl>
          </section>`,
      )}
    </div>`,
  );
}
