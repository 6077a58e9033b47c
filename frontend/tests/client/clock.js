/** Time and chance as tests want them: both stand still until they are asked. */

/**
 * A clock that moves only when told to. Timers of one moment run in the order in which
 * they were set, and what they resolve is settled before the next one.
 */
export function createClock(start = Date.parse("2026-01-31T12:00:00Z")) {
  let time = start;
  let count = 0;
  /** A binary heap, by time and then by number. */
  const heap = [];
  const isBefore = (a, b) => a.at < b.at || (a.at === b.at && a.number < b.number);

  function push(timer) {
    let place = heap.push(timer) - 1;
    while (place) {
      const parent = (place - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = timer;
  }

  function pop() {
    const first = heap[0];
    const last = heap.pop();
    if (!heap.length) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
    return first;
  }

  const settle = () => new Promise((resolve) => setImmediate(resolve));

  return {
    now: () => time,
    settle,

    /** The client's `setTimer`. */
    setTimer(fn, ms) {
      const timer = { at: time + Math.max(0, ms), number: ++count, fn };
      push(timer);
      return () => (timer.fn = null);
    },

    /** Lets `ms` milliseconds pass. */
    async run(ms) {
      const end = time + ms;
      await settle();
      while (heap.length && heap[0].at <= end) {
        const { at, fn } = pop();
        if (!fn) continue;
        time = at;
        fn();
        await settle();
      }
      time = end;
    },
  };
}

/** Numbers in [0, 1) that are the same for the same seed. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(random, {
    below: (n) => Math.floor(random() * n),
    pick: (list) => list[Math.floor(random() * list.length)],
    chance: (p) => random() < p,
  });
}
