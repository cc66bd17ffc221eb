/** Small pictures, fetched with the key, a few at a time, and only those that somebody is about to see. */

import { askPicture } from "./api.js";
import { useEffect, useRef, useState } from "./html.js";

const AT_ONCE = 6;
const KEPT = 600;
const NEAR = "600px 0px";

const kept = new Map();
const waiting = [];
let underWay = 0;

/** [ref, address, failed]: `ref` is for the element that shows it. Empty while it is far from being seen. */
export function usePicture(path) {
  const element = useRef(null);
  const [state, set] = useState({ address: kept.get(path) ?? "", failed: false });
  useEffect(() => {
    set({ address: kept.get(path) ?? "", failed: false });
    if (!path || !element.current) return undefined;
    let stop = null;
    const watch = (near) => {
      stop?.abort();
      stop = near ? load(path, set) : null;
    };
    observe(element.current, watch);
    const seen = element.current;
    return () => {
      stop?.abort();
      observer.unobserve(seen);
      watchers.delete(seen);
    };
  }, [path]);
  return [element, state.address, state.failed];
}

/** Forget all of them, as when somebody signs out. */
export function forgetPictures() {
  for (const address of kept.values()) URL.revokeObjectURL(address);
  kept.clear();
}

const watchers = new WeakMap();
const observer = new IntersectionObserver(
  (entries) => entries.forEach((entry) => watchers.get(entry.target)?.(entry.isIntersecting)),
  { rootMargin: NEAR },
);

function observe(element, watch) {
  watchers.set(element, watch);
  observer.observe(element);
}

function load(path, set) {
  const stop = new AbortController();
  if (kept.has(path)) set({ address: recent(path), failed: false });
  else {
    waiting.push({ path, set, stop });
    next();
  }
  return stop;
}

/** Begin as many as may be under way; those that went out of sight while they waited are passed over. */
function next() {
  while (waiting.length && underWay < AT_ONCE) {
    const job = waiting.shift();
    if (job.stop.signal.aborted) continue;
    underWay += 1;
    fetched(job).finally(() => {
      underWay -= 1;
      next();
    });
  }
}

async function fetched({ path, set, stop }) {
  try {
    keep(path, kept.get(path) ?? (await askPicture(path, { signal: stop.signal })));
    set({ address: kept.get(path), failed: false });
  } catch (error) {
    if (error.name !== "AbortError") set({ address: "", failed: true });
  }
}

function keep(path, address) {
  kept.delete(path);
  kept.set(path, address);
  if (kept.size > KEPT) {
    const [oldest, gone] = kept.entries().next().value;
    kept.delete(oldest);
    URL.revokeObjectURL(gone);
  }
}

function recent(path) {
  const address = kept.get(path);
  keep(path, address);
  return address;
}
