import { element } from "./element.js";

/**
 * A person's picture, or the initials of the name on a colour of their own.
 *
 * @param {Document} document
 * @param {{id: string | null, name: string, avatarUrl: string | null}} person
 */
export function avatar(document, { id, name, avatarUrl }) {
  const made = element(document, "span", "avatar", { "aria-hidden": "true", part: "avatar" });
  made.style.setProperty("--hue", String(hueOf(id ?? name)));
  const initials = () => made.replaceChildren(initialsOf(name));
  if (avatarUrl === null) {
    initials();
    return made;
  }
  const picture = element(document, "img", "", {
    alt: "",
    width: "32",
    height: "32",
    loading: "lazy",
    decoding: "async",
  });
  picture.addEventListener("error", initials, { once: true });
  picture.src = avatarUrl;
  made.append(picture);
  return made;
}

/**
 * The first letters of the first and the last word.
 *
 * @param {string} name
 */
export function initialsOf(name) {
  const words = name.split(/[\s._@-]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  const letters = chosen.map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x3f));
  return letters.join("").toLocaleUpperCase() || "?";
}

/**
 * A hue in degrees, the same for the same id everywhere. (FNV-1a.)
 *
 * @param {string} id
 */
export function hueOf(id) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  }
  // Twelve hues, so that two people look either alike or clearly different.
  return (hash % 12) * 30 + 15;
}
