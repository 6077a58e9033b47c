/**
 * Makes what the Python package ships of these sources:
 *
 *     npm ci && npm run build
 *
 * One file for each bundle, because modules that import each other break behind Django's
 * hashed static files, and import maps break a strict Content-Security-Policy. And the
 * texts as a Python module, so that they are translated like all others.
 */

import { build, transform } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";
import { trim } from "./src/extra/emoji/trim.js";
import { en } from "./src/ui/text/en.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const statics = here("../src/django_chat/static/django_chat/");

const bundles = {
  client: "src/client/index.js",
  "client-browser": "src/client/browser.js",
  "client-people": "src/client/people.js",
  ui: "src/ui/index.js",
  "ui-extra": "src/extra/index.js",
  widget: "src/widget/index.js",
};

/** What a bundle may weigh, in bytes as sent with gzip. */
const budgets = { client: 12_288 };

/** Shortens the style sheets, which are strings to every other tool. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css\.js$/ }, async ({ path }) => {
      const sheets = Object.entries(await import(pathToFileURL(path)));
      const lines = await Promise.all(
        sheets.map(async ([name, text]) => {
          const { code } = await transform(text, { loader: "css", minify: true });
          return `export const ${name} = ${JSON.stringify(code.trim())};`;
        }),
      );
      return { contents: lines.join("\n") };
    });
  },
};

/** Takes the indentation out of templates, where it is text. */
const templates = {
  name: "templates",
  setup({ onLoad }) {
    onLoad({ filter: /(ui|extra).(parts|elements).\w+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n[ \t]+/g, "\n"),
    }));
  },
};

for (const [name, entry] of Object.entries(bundles)) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    format: "esm",
    target: ["chrome123", "firefox125", "safari17.5"],
    minify: true,
    legalComments: "inline",
    charset: "utf8",
    logLevel: "warning",
    plugins: [styles, templates],
    write: false,
  });
  // esbuild gives no short name twice in nested functions.
  const { code } = await minify(outputFiles[0].text, {
    compress: { passes: 3, ecma: 2020, hoist_funs: true },
    ecma: 2020,
    module: true,
    format: { comments: "some" },
  });
  await writeFile(`${statics}${name}.js`, `${code}\n`);
  const weight = gzipSync(`${code}\n`, { level: 9 }).length;
  console.log(`${name}.js: ${weight} bytes with gzip`);
  if (weight > budgets[name]) throw new Error(`${name}.js may have ${budgets[name]}`);
}

const quoted = (text) => JSON.stringify(text);
const entries = Object.entries(en);
const plain = entries
  .filter(([, text]) => typeof text === "string")
  .map(([key, text]) => `    ${quoted(key)}: gettext_lazy(${quoted(text)}),`);
const counted = entries
  .filter(([, text]) => typeof text !== "string")
  .map(
    ([key, { one, other }]) => `    ${quoted(key)}: ngettext_lazy(
        ${quoted(one)},
        ${quoted(other)},
        "count",
    ),`,
  );
await writeFile(
  here("../src/django_chat/pages/client_texts.py"),
  `"""The texts of the elements. Made from \`frontend/src/ui/text/en.js\`: change them there."""

# ruff: noqa: E501, RUF001

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy, ngettext_lazy

__all__ = ["COUNTED", "TEXTS"]

TEXTS: dict[str, Any] = {
${plain.join("\n")}
}

COUNTED: dict[str, Any] = {
${counted.join("\n")}
}
`,
);

/** Writes what the emoji picker offers: a file for each language it is named in. */
async function writeEmoji() {
  const source = async (name) =>
    JSON.parse(await readFile(here(`node_modules/emoji-picker-element-data/${name}/data.json`), "utf8"));
  const english = [await source("en/github"), await source("en/emojibase")];
  for (const locale of ["en", "de", "es", "fr"]) {
    const data = trim({ locale, named: await source(`${locale}/cldr`), english });
    await writeFile(`${statics}emoji-${locale}.json`, JSON.stringify(data));
  }
}
await writeEmoji();

/** Writes the licences of what others made and the package ships. */
async function writeLicences() {
  const shipped = {
    lit: "In ui.js.",
    "lit-html": "In ui.js.",
    "lit-element": "In ui.js.",
    "@lit/reactive-element": "In ui.js.",
    "emoji-picker-element-data":
      "In emoji-*.json, shortened. It is made from emojibase-data (MIT, Miles Johnson) and the\nUnicode Common Locale Data Repository (Unicode License V3, Unicode, Inc.).",
  };
  const sections = await Promise.all(
    Object.entries(shipped).map(async ([name, where]) => {
      const folder = here(`node_modules/${name}/`);
      const { version, license } = JSON.parse(await readFile(`${folder}package.json`, "utf8"));
      const text = await readFile(`${folder}LICENSE`, "utf8");
      return `${name} ${version} (${license})\n${where}\n\n${text.replace(/^\n+/u, "").trimEnd()}\n`;
    }),
  );
  await writeFile(`${statics}THIRD_PARTY.txt`, sections.join(`\n${"=".repeat(80)}\n\n`));
}
await writeLicences();
