/** Uploads that are analysed in the background, and the history of them. */

import { ask, at, form } from "../../lib/api.js";
import { useAction, useAsked, useEvery, useList } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { moment, t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Dialog, Empty, Fact, Head, Listed, Reason, SelectField, Skeleton, State, TextField, Trouble } from "../../parts/basics.js";
import { ChoosePicture } from "../../parts/choose_picture.js";
import { Marked, similar } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";
import { choices } from "./jobs.js";

const STATES = ["queued", "running", "done", "failed"];
const MOVING = ["queued", "running"];
const GLANCE_MILLISECONDS = 1000;

export function Analyses({ query }) {
  const { status = "", collection = "" } = query;
  const list = useList("analyses", "analyses", { status, collection, limit: 50 });
  const [sending, send] = useState(false);
  useEvery(GLANCE_MILLISECONDS, !list.loading && list.items.some((one) => MOVING.includes(one.status)), list.reload);
  return html`
    <div class="filters">
      <${SelectField} label=${t("state")} value=${status} options=${choices(STATES, "state")} onInput=${(code) => narrow({ status: code })} />
      <${TextField} label=${t("collection")} value=${collection} onInput=${(name) => narrow({ collection: name })} />
      <${Button} kind="primary" icon="upload" onClick=${() => send(true)}>${t("analysis.new")}</${Button}>
    </div>
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="upload" title=${t("analyses.none")}><p>${t("analyses.none.text")}</p></${Empty}>`}
      draw=${(one) => html`<li class="row" key=${one.analysis_id}>
        <${State} of=${one.status} />
        <a class="grow" href=${to("activity", "analyses", one.analysis_id)}>${one.name || one.analysis_id}</a>
        <span class="small">${found(one.result)}</span>
        <time class="small" datetime=${one.created_at}>${moment(one.created_at)}</time>
      </li>`} />
    <${Dialog} open=${sending} title=${t("analysis.new")} onClose=${() => send(false)}>
      <${Upload} onDone=${() => (send(false), list.reload())} />
    </${Dialog}>`;
}

function Upload({ onDone }) {
  const [collection, set] = useState("default");
  const sending = useAction(async (file) => {
    await ask("analyses", { method: "POST", body: form({ file, name: file.name, collection }) });
    onDone();
  });
  return html`<${TextField} label=${t("collection")} value=${collection} onInput=${set} />
    <${Trouble} error=${sending.error} />
    <${ChoosePicture} onChoose=${sending.run} />`;
}

function found(result) {
  if (!result) return "";
  const names = (result.matches ?? []).map((one) => one.name || one.member_id);
  return names.length ? names.join(", ") : t("faces", { n: result.faces_detected ?? 0 });
}

export function Analysis({ id }) {
  const path = at`analyses/${id}`;
  const { data, error, loading, reload } = useAsked(path);
  useEvery(GLANCE_MILLISECONDS, MOVING.includes(data?.status), reload);
  const home = ["activity", "analyses"];
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE" });
    tell(t("analysis.forgotten"));
    go(...home);
  });
  if (!data) return html`<${Head} title=${id} back=${home} />${loading ? html`<${Skeleton} shape="row" />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  const faces = data.result?.faces ?? [];
  return html`
    <${Head} title=${data.name || id} subtitle=${`${data.collection} · ${id}`} back=${home}>
      <${Button} icon="trash" busy=${forget.busy} onClick=${forget.run}>${t("analysis.forget")}</${Button}>
    </${Head}>
    <${Trouble} error=${forget.error} />
    <section class="card">
      <p class="big"><${State} of=${data.status} /> <span>${found(data.result)}</span></p>
      <${Reason} error=${data.error} attempts=${data.attempts} />
      <dl class="facts"><${Fact} label=${t("job.created")}>${moment(data.created_at)}</${Fact}><${Fact} label=${t("job.finished")}>${moment(data.finished_at)}</${Fact}></dl>
    </section>
    ${faces.length > 0 && html`<ul class="rows">${faces.map((face) => html`<li class="row">
      <div class="mini"><${Marked} address="" alt="" width=${1} height=${1} faces=${[{ key: 0, box: face.box }]} /></div>
      <div class="grow">${face.matches.length ? face.matches.map((one) => html`<p><a href=${to("people", data.collection, one.member_id)}>${one.name || one.member_id}</a> <strong>${similar(one.similarity)}</strong> <${State} of=${one.decision} /></p>`) : t("try.nobody")}</div>
    </li>`)}</ul>`}`;
}
