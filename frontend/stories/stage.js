/** What a story does once it is there: it waits, looks, and does what people do. */

/** Everything below an element, through the shadow roots. */
function* below(root) {
  for (const el of root.querySelectorAll("*")) {
    yield el;
    if (el.shadowRoot) yield* below(el.shadowRoot);
  }
}

const frame = () => new Promise((done) => requestAnimationFrame(done));
const FRAMES_MAX = 600;

/**
 * @param {HTMLElement} element
 * @param {object} tools What else a story may use: `network`, `time`.
 */
export function createStage(element, tools) {
  const seen = (selector, text = "") =>
    [...below(element), ...(element.shadowRoot ? below(element.shadowRoot) : [])].filter(
      (el) => el.matches(selector) && el.textContent.includes(text) && el.checkVisibility(),
    );

  /** Waits for something; a story that waits for long is broken. */
  async function until(what, look) {
    for (let frames = 0; frames < FRAMES_MAX; frames += 1) {
      const found = await look();
      if (found) {
        await rest();
        return found;
      }
      await frame();
    }
    throw new Error(`never came: ${what}`);
  }

  const find = (selector, text) => until(`${selector} ${text ?? ""}`, () => seen(selector, text).at(-1));

  /** When somebody did something whose outcome has not been seen yet. */
  let actedAt = 0;

  /** What moves from here to the outcome was asked for: see the reports of `layout-shift`. */
  function act() {
    actedAt ||= performance.now();
  }

  async function rest() {
    if (!actedAt) return;
    await frame();
    await frame();
    performance.measure("story-input", { start: actedAt, end: performance.now() });
    actedAt = 0;
  }

  const stage = {
    element,
    ...tools,
    frame,
    until,
    rest,

    /** The last that matches, and is seen, once it is there. */
    find,
    count: (selector, text) => seen(selector, text).length,

    async click(selector, text) {
      const el = await find(selector, text);
      act();
      el.click();
      return el;
    },

    async type(selector, text) {
      const field = await find(selector);
      act();
      field.focus();
      field.value = text;
      field.setSelectionRange(text.length, text.length);
      field.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
    },

    async press(selector, key) {
      const el = await find(selector);
      act();
      el.focus();
      el.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }));
    },

    /** Scrolls the messages by so many pixels. */
    async scroll(by) {
      const box = seen(".message-scroller").at(-1) ?? (await find(".message-scroller"));
      act();
      box.scrollBy({ top: by, behavior: "instant" });
      // The list hears of it with the next picture.
      await frame();
      await frame();
    },

    /** Writes a message, and sends it. */
    async send(text) {
      await stage.type("[data-dc=input]", text);
      await stage.click("[data-dc=send]:enabled");
    },

    /** Opens the menu of a message. */
    async openMenu(text) {
      const row = await find("article.message", text);
      row.focus();
      act();
      row.querySelector('[data-action="menu"]').click();
      return find("[data-dc=menu]:popover-open");
    },

    /** The conversation is there, and connected. */
    async settled() {
      await until("the conversation", () => seen('[data-dc=thread][aria-busy="false"]').length > 0);
      await until("the connection", () => tools.network.isSubscribed());
    },
  };
  return stage;
}
