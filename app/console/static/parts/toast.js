/** A word about what was done, for a few seconds, read out by screen readers. */

import { html, useEffect, useState } from "../lib/html.js";

const SECONDS = 6;

let show = () => {};

export function tell(text) {
  show({ text, at: Date.now() });
}

export function Toast() {
  const [told, set] = useState(null);
  show = set;
  useEffect(() => {
    if (!told) return undefined;
    const timer = setTimeout(() => set(null), SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [told]);
  return html`<div class="toasts" role="status" aria-live="polite">${told && html`<p class="toast" key=${told.at}>${told.text}</p>`}</div>`;
}
