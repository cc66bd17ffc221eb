/** Jobs: how far each is, what failed in it, and the way back. */

import { ask, at } from "../../lib/api.js";
import { useAction, useAsked, useEvery, useList } from "../../lib/data.js";
import { html } from "../../lib/html.js";
import { moment, number, t, textOr } from "../../lib/i18n.js";
import { narrow, to } from "../../lib/route.js";
import { Button, Empty, Fact, Head, Listed, Progress, Reason, SelectField, Skeleton, State, Trouble } from "../../parts/basics.js";
import { tell } from "../../parts/toast.js";

const STATES = ["queued", "running", "done", "failed", "cancelled"];
const KINDS = ["gallery", "analysis", "index", "reindex", "evaluate"];
const MOVING = ["queued", "running"];
const GLANCE_MILLISECONDS = 1000;

export function Jobs({ query }) {
  const { status = "", kind = "" } = query;
  const list = useList("jobs", "jobs", { status, kind, limit: 50 });
  useEvery(GLANCE_MILLISECONDS, !list.loading && list.items.some((job) => MOVING.includes(job.status)), list.reload);
  return html`
    <div class="filters">
      <${SelectField} label=${t("state")} value=${status} options=${choices(STATES, "state")} onInput=${(code) => narrow({ status: code })} />
      <${SelectField} label=${t("job.kind")} value=${kind} options=${choices(KINDS, "kind")} onInput=${(code) => narrow({ kind: code })} />
    </div>
    <${Listed} list=${list} class="rows" shape="row" draw=${(job) => html`<${Row} key=${job.job_id} job=${job} />`}
      empty=${html`<${Empty} icon="activity" title=${t("jobs.none")} />`} />`;
}

export function choices(codes, prefix) {
  return [["", t("any")], ...codes.map((code) => [code, textOr(`${prefix}.${code}`, code)])];
}

function Row({ job }) {
  const { total, done, failed } = job.progress;
  return html`<li class="row">
    <${State} of=${job.status} />
    <a class="grow" href=${to("activity", "jobs", job.job_id)}>${textOr(`kind.${job.kind}`, job.kind)} <strong>${job.subject}</strong></a>
    <span class="small">${total > 0 ? t("job.parts", { done: done + failed, total }) : ""}</span>
    ${failed > 0 && html`<span class="small bad">${t("gallery.failed", { n: failed })}</span>`}
    <time class="small" datetime=${job.created_at}>${moment(job.created_at)}</time>
  </li>`;
}

export function Job({ id }) {
  const path = at`jobs/${id}`;
  const { data: job, error, loading, reload } = useAsked(path);
  const moving = MOVING.includes(job?.status);
  useEvery(GLANCE_MILLISECONDS, moving, reload);
  const act = useAction(async (verb) => {
    await ask(`${path}/${verb}`, { method: "POST" });
    tell(t(`job.${verb}.done`));
    reload();
  });
  const home = ["activity", "jobs"];
  if (!job) return html`<${Head} title=${t("job")} back=${home} />${loading ? html`<${Skeleton} shape="row" />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  const { total, done, failed } = job.progress;
  const again = job.status === "failed" || failed > 0;
  return html`
    <${Head} title=${`${textOr(`kind.${job.kind}`, job.kind)} ${job.subject}`} subtitle=${id} back=${home}>
      ${moving && html`<${Button} icon="close" busy=${act.busy} onClick=${() => act.run("cancel")}>${t("job.cancel")}</${Button}>`}
      ${again && html`<${Button} kind="primary" icon="again" busy=${act.busy} onClick=${() => act.run("retry")}>${t("again")}</${Button}>`}
    </${Head}>
    <${Trouble} error=${act.error} />
    <section class="card">
      <p class="big"><${State} of=${job.status} /> ${total > 0 && html`<span>${t("job.parts", { done: done + failed, total })}</span>`}</p>
      ${(total > 0 || moving) && html`<${Progress} label=${t("standing")} value=${total ? (done + failed) / total : undefined} />`}
      <${Reason} error=${job.error} attempts=${job.attempts} />
      <dl class="facts">
        <${Fact} label=${t("job.created")}>${moment(job.created_at)}</${Fact}>
        <${Fact} label=${t("job.started")}>${moment(job.started_at)}</${Fact}>
        <${Fact} label=${t("job.finished")}>${moment(job.finished_at)}</${Fact}>
        <${Fact} label=${t("job.skipped")}>${number(job.skipped)}</${Fact}>
        <${Fact} label=${t("job.failed")}>${number(failed)}</${Fact}>
      </dl>
    </section>
    ${["index", "reindex"].includes(job.kind) && html`<${Items} path=${path} />`}`;
}

function Items({ path }) {
  const list = useList(`${path}/items`, "items", { state: "error", limit: 100 });
  return html`<h2>${t("activity.dead")}</h2>
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="check" title=${t("failures.none")} />`}
      draw=${(item) => html`<li class="row" key=${item.item_id ?? item.key}><span class="grow source">${item.key}</span><${Reason} error=${item.error} attempts=${item.attempts} /></li>`} />`;
}
