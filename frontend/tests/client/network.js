/** What lies between a client and the server, and everything it does to what passes. */

const CALM = { drop: 0, double: 0, reorder: 0, cut: 0, fail: 0, lose: 0, delay: 20 };

/**
 * One person's way to the server.
 *
 * `faults` are chances: of a frame to be dropped, doubled or overtaken, of a socket to be
 * cut at a frame, of a request to fail, before or after it was carried out, and of news
 * to be lost inside of the server. `delay` is in milliseconds, at most.
 */
export class Network {
  constructor({ server, clock, random, userId, faults = {} }) {
    Object.assign(this, { server, clock, random, userId });
    this.faults = { ...CALM, ...faults };
    this.isUp = true;
    /** Whether sockets are let through, apart from requests. */
    this.allowsSockets = true;
    this.sockets = new Set();
    /** All sockets that were ever opened. */
    this.opened = [];
    const network = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url, protocols) {
        super(network, url, protocols);
      }
    };
    this.fetch = this.fetch.bind(this);
  }

  calm() {
    this.faults = { ...CALM };
  }

  cut(code = 1006) {
    for (const socket of [...this.sockets]) socket.end(code);
  }

  wait() {
    return this.random() * this.faults.delay;
  }

  fetch(url, { method = "GET", body, headers = {}, signal } = {}) {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError("fetch failed"));
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      const isLost = this.random() < this.faults.fail;
      const isUnanswered = this.random() < this.faults.fail;
      this.clock.setTimer(() => {
        if (!this.isUp || isLost || signal?.aborted) return fail();
        const path = url.replace(/^.*\/api\//, "");
        const tag = (headers["If-None-Match"] ?? "").replaceAll('"', "");
        const answer = this.server.handle(this.userId, method, path, body && JSON.parse(body), tag);
        const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
        this.clock.setTimer(() => {
          if (!this.isUp || isUnanswered) return fail();
          resolve({
            status: answer.status,
            headers: { get: (name) => (name === "ETag" && answer.etag ? `"${answer.etag}"` : null) },
            text: async () => text,
          });
        }, this.wait());
      }, this.wait());
    });
  }
}

/** A WebSocket whose other end is the fake server. */
class FakeSocket {
  constructor(network, url, protocols) {
    Object.assign(this, { network, url, protocols });
    this.onopen = this.onmessage = this.onclose = this.onerror = null;
    this.isOpen = false;
    this.isOver = false;
    this.arrival = 0;
    this.latest = 0;
    this.barrier = 0;
    network.sockets.add(this);
    network.opened.push(this);
    network.clock.setTimer(() => this.open(), network.wait());
  }

  get userId() {
    return this.network.userId;
  }

  open() {
    if (this.isOver) return;
    if (!this.network.isUp || !this.network.allowsSockets) return this.end(1006);
    this.isOpen = true;
    this.onopen?.();
    this.network.server.connect(this);
  }

  losesNews() {
    return this.network.random() < this.network.faults.lose;
  }

  /** From the client. */
  send(text) {
    const { faults, random, clock, server } = this.network;
    if (random() < faults.drop) return;
    // Two answers to one `subscribe`, shuffled, are more than even frames can tell apart.
    const times = random() < faults.double && !text.includes('"subscribe"') ? 2 : 1;
    for (let n = 0; n < times; n++) {
      this.pass(() => server.sessions.has(this) && server.receive(this, JSON.parse(text)), clock);
    }
  }

  /** From the server. */
  out(frame) {
    const { faults, random, clock } = this.network;
    if (random() < faults.cut) return this.end(1006);
    // However frames overtake each other, none passes a reset in either direction.
    if (frame.type === "reset") this.barrier = this.latest;
    if (random() < faults.drop) return;
    const text = JSON.stringify(frame);
    const times = random() < faults.double ? 2 : 1;
    for (let n = 0; n < times; n++) this.pass(() => this.isOver || this.onmessage?.({ data: text }), clock);
  }

  pass(fn, clock) {
    const { faults, random } = this.network;
    let at = Math.max(clock.now() + this.network.wait(), this.barrier);
    if (random() >= faults.reorder) this.arrival = at = Math.max(at, this.arrival);
    this.latest = Math.max(at, this.latest);
    clock.setTimer(() => this.isOver || fn(), at - clock.now());
  }

  /** The server, or the network, ends it. */
  end(code) {
    if (this.isOver) return;
    this.close();
    this.network.clock.setTimer(() => this.onclose?.({ code }), 0);
  }

  close() {
    this.isOver = true;
    this.isOpen = false;
    this.network.sockets.delete(this);
    this.network.server.disconnect(this);
  }
}
