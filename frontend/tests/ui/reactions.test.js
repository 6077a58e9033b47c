import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { QUICK_REACTIONS } from "../../src/ui/parts/reactions.js";

test("The reactions at hand are those of the pages", async () => {
  const forms = await readFile(new URL("../../../src/django_chat/pages/forms.py", import.meta.url), "utf8");
  const [, list = ""] = /^QUICK_REACTIONS = \((.*)\)$/mu.exec(forms) ?? [];
  assert.deepEqual(list.split(", "), QUICK_REACTIONS.map((emoji) => JSON.stringify(emoji)));
});
