/** What could not be done, wherever it was: jobs that failed, and photos of galleries. */

import { ask, at } from "../../lib/api.js";
import { useAction, useList } from "../../lib/data.js";
import { html } from "../../lib/html.js";
import { moment, t, textOr } from "../../lib/i18n.js";
import { to } from "../../lib/route.js";
import { Button, Chip, Empty, Listed, Reason, Trouble } from "../../parts/basics.js";
import { tell } from "../../parts/toast.js";

export function DeadLetters() {
  const jobs = useList("jobs", "jobs", { status: "failed", limit: 50 });
  const galleries = useList("galleries", "galleries", { limit: 200 });
  const failed = { ...galleries, items: galleries.items.filter((one) => one.photos.error > 0) };
  const retry = useAction(async (path, body) => {
    await ask(path, { method: "POST", body });
    tell(t("job.retry.done"));
    jobs.reload();
    galleries.reload();
  });
  const none = html`<${Empty} icon="check" title=${t("failures.none")} />`;
  return html`
    <${Trouble} error=${retry.error} />
    <h2>${t("dead.jobs")}</h2>
    <${Listed} list=${jobs} class="rows" shape="row" empty=${none} draw=${(job) => html`<li class="row" key=${job.job_id}>
      <a class="grow" href=${to("activity", "jobs", job.job_id)}>${textOr(`kind.${job.kind}`, job.kind)} <strong>${job.subject}</strong></a>
      <${Reason} error=${job.error} attempts=${job.attempts} />
      <time class="small" datetime=${job.finished_at}>${moment(job.finished_at)}</time>
      <${Button} icon="again" busy=${retry.busy} onClick=${() => retry.run(at`jobs/${job.job_id}/retry`)}>${t("again")}</${Button}>
    </li>`} />
    <h2>${t("dead.photos")}</h2>
    <${Listed} list=${failed} class="rows" shape="row" empty=${none} draw=${(one) => html`<li class="row" key=${one.gallery_id}>
      <a class="grow" href=${to("galleries", one.gallery_id, "failures")}>${one.name || one.gallery_id}</a>
      <${Chip} tone="bad">${t("gallery.failed", { n: one.photos.error })}</${Chip}>
      <${Button} icon="again" busy=${retry.busy} onClick=${() => retry.run(at`galleries/${one.gallery_id}/failures/retry`, {})}>${t("again")}</${Button}>
    </li>`} />`;
}
