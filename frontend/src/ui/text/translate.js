/**
 * Texts of the interface in the reader's language.
 */

/**
 * Key to text, or to the forms of a text that counts something: by the categories of
 * `Intl.PluralRules`, of which `other` is always there, or as the server has them: which of
 * its rules chooses, then the forms.
 *
 * @typedef {[rule: number, ...forms: string[]]} ServerForms
 * @typedef {Record<string, string | ServerForms | ({other: string} & Partial<Record<Intl.LDMLPluralRule, string>>)>} Catalog
 */

/**
 * A part of a text: what the catalog has, or the value of a parameter, so that a name can
 * be put into an element of its own.
 *
 * @typedef {{text: string, param: string | null}} TextPart
 */

/** @typedef {Record<string, string | number>} Params */

/**
 * @callback TranslateText
 * @param {string} key
 * @param {Params} [params] `count` chooses the plural form. Numbers are written in the
 *   locale's digits.
 * @returns {string} The key itself where the catalog does not have it.
 */

/** @typedef {TranslateText & {parts: (key: string, params?: Params) => TextPart[], has: (key: string) => boolean}} Translate */

/**
 * @param {Catalog} catalog
 * @param {string} locale A BCP 47 tag.
 * @param {string[]} [rules] Of the server: for the counts 0 to 199, which form is the right
 *   one, a digit each. From 100 on every language begins again.
 * @returns {Translate}
 */
export function createTranslator(catalog, locale, rules = []) {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);

  /** @type {Translate["parts"]} */
  const parts = (key, params = {}) => {
    const entry = Object.hasOwn(catalog, key) ? catalog[key] : undefined;
    if (entry === undefined) return [{ text: key, param: null }];
    const text = typeof entry === "string" ? entry : form(entry, params["count"]);
    return text
      .split(/(\{\w+\})/u)
      .filter((piece) => piece !== "")
      .map((piece) => {
        const name = /^\{(\w+)\}$/u.exec(piece)?.[1];
        if (name === undefined || !Object.hasOwn(params, name)) return { text: piece, param: null };
        const value = /** @type {string | number} */ (params[name]);
        return { text: typeof value === "number" ? number.format(value) : value, param: name };
      });
  };

  /**
   * @param {ServerForms | ({other: string} & Partial<Record<Intl.LDMLPluralRule, string>>)} forms
   * @param {string | number | undefined} given
   * @returns {string}
   */
  const form = (forms, given) => {
    const count = typeof given === "number" ? given : 0;
    if (!Array.isArray(forms)) return forms[plural.select(count)] ?? forms.other;
    const [rule, ...texts] = forms;
    return texts[Number(rules[rule]?.[count < 200 ? count : 100 + (count % 100)])] ?? texts[0] ?? "";
  };

  /** @type {TranslateText} */
  const translate = (key, params) =>
    parts(key, params)
      .map((part) => part.text)
      .join("");
  return Object.assign(translate, { parts, has: (/** @type {string} */ key) => Object.hasOwn(catalog, key) });
}
