/** How far a gallery is: a bar that moves, how fast, how long yet. */

import { html } from "../../lib/html.js";
import { duration, number, percent, t } from "../../lib/i18n.js";
import { Button, Progress, State } from "../../parts/basics.js";

export function Standing({ of: standing, onAgain }) {
  if (!standing || standing.status === "idle") return null;
  const { status, total, done, error, pending, processing, cached } = standing;
  const listing = status === "listing";
  const busy = listing || status === "processing";
  const part = standing.percent / 100;
  return html`<section class="standing card" aria-label=${t("standing")} data-status=${status}>
    <div class="bar">
      <p class="big"><${State} of=${status} /> <strong>${percent(part)}</strong></p>
      <p class="sub">${told(standing, busy)}</p>
    </div>
    <${Progress} label=${t("standing")} value=${listing && !total ? undefined : part} lost=${total ? error / total : 0} />
    <p class="counts">
      <span>${t("standing.done", { n: done })}</span>
      ${pending + processing > 0 && html`<span>${t("standing.waiting", { n: pending + processing })}</span>`}
      ${error > 0 && html`<span class="bad">${t("standing.failed", { n: error })}</span>`}
      ${cached > 0 && html`<span>${t("standing.cached", { n: cached })}</span>`}
      ${!busy && html`<${Button} kind="quiet" icon="again" onClick=${onAgain}>${t("standing.force")}</${Button}>`}
    </p>
  </section>`;
}

function told({ photos_per_second: rate, eta_seconds: eta }, busy) {
  if (!busy) return "";
  const speed = rate ? t("standing.rate", { rate: number(rate, 1) }) : "";
  const left = eta === null ? "" : t("standing.left", { time: duration(eta) });
  return [speed, left].filter(Boolean).join(" · ");
}
