/**
 * How much is unread, for everything on one page that shows it.
 *
 * While an element with a connection is there it tells. Without one another tab may, and
 * the server is asked now and then, while somebody is looking.
 */

/** @typedef {import("../ui/config.js").PageConfig} PageConfig */

const POLL_MS = 60_000;

/** Those whose `count` is kept right.
 * @type {Set<Element>} */
export const followers = new Set();
/** @type {Node | undefined} The element that told last. */
let teller;
let hasStarted = false;

/** @param {number} total */
function tell(total) {
  for (const follower of followers) follower.setAttribute("count", `${total}`);
}

/** @param {PageConfig} config */
export function watchUnread({ api_url, user_key }) {
  if (hasStarted) return;
  hasStarted = true;
  let etag = "";
  let timer = 0;

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_MS);
  }

  async function poll() {
    wait();
    if (document.hidden || !followers.size || teller?.isConnected) return;
    try {
      const answer = await fetch(`${api_url}conversations/?limit=1`, { headers: etag ? { "If-None-Match": etag } : {} });
      if (!answer.ok) return;
      etag = answer.headers.get("ETag") ?? "";
      tell((await answer.json()).total_unread);
    } catch {
      // There is no network; the next time there may be.
    }
  }

  addEventListener("dc-unread", (event) => {
    teller = /** @type {Node} */ (event.composedPath()[0]);
    tell(/** @type {CustomEvent} */ (event).detail.total);
  });
  new BroadcastChannel(`dc:${user_key}`).onmessage = ({ data }) => data.type === "unread" && tell(data.totals.total);
  document.addEventListener("visibilitychange", poll);
  // What the server has written into the page is right for now.
  wait();
}
