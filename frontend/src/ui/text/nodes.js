/**
 * Turns the tree of `format.js` into DOM nodes, by `createElement` and text alone.
 */

/** @typedef {import("./format.js").FormatNode} FormatNode */
/** @typedef {import("./translate.js").Translate} Translate */

/** @type {Record<string, string>} */
const ELEMENTS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" };

/**
 * @param {readonly FormatNode[]} tree
 * @param {{document: Document, t: Translate, me?: string | null, memberCount?: number | null}} context
 *   `me` is the reader's id: a mention of them, and of everybody, is marked.
 * @returns {DocumentFragment}
 */
export function renderTree(tree, context) {
  const fragment = context.document.createDocumentFragment();
  for (const node of tree) fragment.append(renderNode(node, context));
  return fragment;
}

/**
 * @param {FormatNode} node
 * @param {Parameters<typeof renderTree>[1]} context
 * @returns {Node}
 */
function renderNode(node, context) {
  const { document } = context;
  switch (node.type) {
    case "text":
      return document.createTextNode(node.text);
    case "code":
      return codeElement(document, node.text);
    case "codeblock": {
      const block = document.createElement("pre");
      block.dir = "ltr";
      // It scrolls, so those without a pointer must be able to get into it.
      block.tabIndex = 0;
      block.append(codeElement(document, node.text));
      return block;
    }
    case "link": {
      const link = document.createElement("a");
      link.href = node.href;
      link.target = "_blank";
      link.rel = "noopener noreferrer nofollow";
      link.title = node.host;
      link.tabIndex = -1;
      link.textContent = node.text;
      return link;
    }
    case "mention": {
      const pill = document.createElement("span");
      pill.className = isOfReader(node, context.me) ? "mention mention-me" : "mention";
      if (node.kind === "all" && context.memberCount) {
        pill.title = context.t("mention.all", { count: context.memberCount });
      }
      const name = document.createElement("bdi");
      name.textContent = node.text;
      pill.append(name);
      return pill;
    }
    default: {
      const element = document.createElement(/** @type {string} */ (ELEMENTS[node.type]));
      element.append(renderTree(node.children, context));
      return element;
    }
  }
}

/**
 * @param {{kind: "user" | "all", userId: string | null}} mention
 * @param {string | null | undefined} me
 */
export function isOfReader(mention, me) {
  return mention.kind === "all" || (me != null && mention.userId === me);
}

/**
 * @param {Document} document
 * @param {string} text
 */
function codeElement(document, text) {
  const code = document.createElement("code");
  code.dir = "ltr";
  code.textContent = text;
  return code;
}
