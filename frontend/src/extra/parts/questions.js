/** What is asked before something is done that cannot be taken back. */

import { html, nothing } from "../lent.js";

/** @typedef {import("../../ui/elements/base.js").ChatElement} ChatElement */

/**
 * @typedef {object} Answer
 * @property {string} name
 * @property {string} label
 * @property {boolean} [isDangerous]
 * @property {() => void} run
 */

/**
 * @param {ChatElement} host
 * @param {string} title
 * @param {string} question
 * @param {Answer[]} answers
 */
function ask(host, title, question, answers) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  const close = () => host.dialog.close();
  host.dialog.open(
    title,
    () => html`<p>${question}</p>
      <div class="dialog-actions">
        <button type="button" class="button" autofocus @click=${close}>${t("composer.cancel")}</button>
        ${answers.map(
          ({ name, label, isDangerous, run }) =>
            html`<button
              type="button"
              class="button ${isDangerous ? "danger" : nothing}"
              data-dc=${name}
              @click=${() => {
                close();
                run();
              }}
            >
              ${label}
            </button>`,
        )}
      </div>`,
  );
}

/**
 * @param {ChatElement} host
 * @param {(() => void) | null} forEveryone Null for who may not.
 * @param {() => void} forMe
 */
export function askToDelete(host, forEveryone, forMe) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  ask(host, t("delete.title"), t("delete.question"), [
    { name: "delete-me", label: t("delete.forMe"), run: forMe },
    ...(forEveryone
      ? [{ name: "delete-everyone", label: t("delete.forEveryone"), isDangerous: true, run: forEveryone }]
      : []),
  ]);
}

/**
 * @param {ChatElement} host
 * @param {string} name Of who is to be blocked.
 * @param {() => void} run
 */
export function askToBlock(host, name, run) {
  const { t } = /** @type {import("../../ui/page.js").Page} */ (host.page);
  ask(host, t("people.block", { name }), t("people.blockQuestion", { name }), [
    { name: "confirm-block", label: t("people.blockShort"), isDangerous: true, run },
  ]);
}
