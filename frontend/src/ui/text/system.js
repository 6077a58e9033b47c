/**
 * Which text says what a conversation writes itself. `pages/wording.py` does the same for
 * the pages.
 *
 * @param {import("../../client/types").SystemLine | null} system
 * @param {object} reader
 * @param {import("./translate.js").Translate} reader.t
 * @param {string} reader.locale
 * @param {string | null} reader.me
 * @param {(id: string) => {name: string} | undefined} reader.person
 * @returns {[key: string, params: import("./translate.js").Params]}
 */
export function systemText(system, { t, locale, me, person }) {
  const { event = "", actor = null, targets = [], data = {} } = system ?? {};
  /** @param {string | null} id */
  const nameOf = (id) => (id !== null && person(id)?.name) || t("system.someone");
  const others = targets.filter((id) => id !== me);
  const variant = { role_changed: data["role"], status_changed: data["status"] }[event];
  let key = variant === undefined ? `system.${event}` : `system.${event.split("_")[0]}_${variant}`;
  if (actor !== null && actor === me) key += ".own";
  else if (others.length < targets.length) key += others.length > 0 ? ".youAnd" : ".you";
  const params = {
    actor: nameOf(actor),
    targets: new Intl.ListFormat(locale, { type: "conjunction" }).format(others.map(nameOf)),
    title: String(data["title"] ?? ""),
  };
  return [t.has(key) ? key : "system.unknown", params];
}
