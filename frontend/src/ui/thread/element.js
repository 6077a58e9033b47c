/**
 * Makes an element with a class, attributes and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Document} document
 * @param {Tag} tag
 * @param {string} className
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(document, tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A button that the list's click listener understands: `data-action` names what it does.
 * It is no tab stop: one enters a message with Enter (see `keyboard.js`).
 *
 * @param {Document} document
 * @param {string} className
 * @param {string} action
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function actionButton(document, className, action, attributes = {}, ...children) {
  return element(
    document,
    "button",
    className,
    { type: "button", tabindex: "-1", "data-action": action, ...attributes },
    ...children,
  );
}
