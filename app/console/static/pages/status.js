/** What runs here and how it fares. */

import { useAsked } from "../lib/data.js";
import { html } from "../lib/html.js";
import { duration, number, percent, t, textOr } from "../lib/i18n.js";
import { quantiles, rates, useHistory } from "../lib/metrics.js";
import { Button, Chip, Fact, Head, Skeleton, Trouble } from "../parts/basics.js";
import { Chart } from "../parts/chart.js";

export function Page() {
  const { history, error, look } = useHistory();
  const health = useAsked("health");
  const now = history.at(-1)?.status;
  const again = () => (look(), health.reload());
  return html`
    <${Head} title=${t("place.status")} subtitle=${now && `${now.service} ${now.version}`}><${Button} icon="again" onClick=${again}>${t("refresh")}</${Button}></${Head}>
    <${Trouble} error=${error ?? health.error} />
    ${!now && !error && html`<${Skeleton} />`}
    ${now && html`<${Model} model=${now.model} status=${now} />`}
    ${now && html`<div class="charts">
      <${Chart} title=${t("status.requests")} unit="/s" lines=${[{ name: t("status.all"), points: rates(history, "requests") }, { name: t("status.errors"), points: rates(history, "failures") }]} />
      <${Chart} title=${t("status.latency")} unit="ms" digits=${0} lines=${[{ name: t("status.median"), points: quantiles(history, 0.5) }, { name: t("status.p95"), points: quantiles(history, 0.95) }]} />
      <${Chart} title=${t("status.answers")} unit="/s" lines=${["match", "review", "no_match"].map((name) => ({ name: t(`state.${name}`), points: rates(history, name) }))} />
      <${Chart} title=${t("status.work")} unit="" digits=${1} lines=${[{ name: t("status.pictures"), points: rates(history, "pictures") }, { name: t("status.queue"), points: history.map((one) => ({ at: one.at, value: one.status.queue_depth })) }]} />
    </div>`}
    ${health.data && html`<h2>${t("status.parts")}</h2><ul class="rows">${health.data.components.map((part) => html`<li class="row" key=${part.name}>
      <${Chip} tone=${part.ok ? "good" : "bad"}>${part.ok ? t("state.ok") : t("state.failed")}</${Chip}>
      <strong>${textOr(`part.${part.name}`, part.name)}</strong> <span class="grow small">${part.detail}</span></li>`)}</ul>`}
    ${now?.search.indexes.length > 0 && html`<h2>${t("status.indexes")}</h2><${Indexes} indexes=${now.search.indexes} />`}`;
}

function Model({ model, status }) {
  return html`<section class="card">
    <p class="big"><strong>${model.name}</strong> <${Chip} tone=${model.commercial_use ? "good" : "warn"}>${model.commercial_use ? t("status.commercial") : t("status.research")}</${Chip}></p>
    <p class="sub">${model.licence}</p>
    ${model.notice && html`<p class="notice">${model.notice}</p>`}
    <dl class="facts">
      <${Fact} label=${t("status.backend")}>${status.backend} · ${status.provider}</${Fact}>
      <${Fact} label=${t("status.dimensions")}>${number(model.dimensions)}</${Fact}>
      <${Fact} label=${t("status.database")}>${status.database}</${Fact}>
      <${Fact} label=${t("status.search")}>${status.search.backend}</${Fact}>
      <${Fact} label=${t("status.queue")}>${number(status.queue_depth)}</${Fact}>
      <${Fact} label=${t("status.uptime")}>${duration(status.uptime_seconds)}</${Fact}>
      ${Object.entries(status.counts).map(([name, count]) => html`<${Fact} label=${textOr(`count.${name}`, name)}>${number(count)}</${Fact}>`)}
      ${status.threshold !== undefined && html`<${Fact} label=${t("threshold")}>${number(status.threshold, 2)}</${Fact}>`}
    </dl>
    <p class="small sum">${t("status.sha")} <code>${model.sha256}</code></p>
  </section>`;
}

function Indexes({ indexes }) {
  return html`<ul class="rows">${indexes.map((one) => html`<li class="row" key=${`${one.tenant}/${one.collection}`}>
    <${Chip} tone=${one.ready ? "good" : "busy"}>${one.ready ? t("state.ok") : t("state.processing")}</${Chip}>
    <strong class="grow">${one.collection}</strong> <span class="small">${t("faces", { n: one.faces })}</span>
    ${one.trial && html`<span class="small">${t("status.recall")} ${percent(one.trial.recall, 2)} · ${number(one.trial.index_ms, 1)} ms</span>`}
  </li>`)}</ul>`;
}
