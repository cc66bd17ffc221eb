/** Pictures that were looked through for people of a collection, and what came of each. The pictures are not kept. */

import { ask, at } from "../../lib/api.js";
import { useAction, useAsked, useList } from "../../lib/data.js";
import { html, useRef, useState } from "../../lib/html.js";
import { moment, number, t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Chip, Empty, Fact, Head, Listed, SelectField, Skeleton, State, TextField, Trouble } from "../../parts/basics.js";
import { Marked, similar } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";

const TONES = { match: "bad", review: "warn" };

export function Images({ query }) {
  const { matched = "", identity = "", collection = "" } = query;
  const list = useList("processed-images/", "images", { matched, identity, collection, limit: 50 });
  const options = [["", t("any")], ["true", t("images.matched")], ["false", t("images.unmatched")]];
  return html`
    <div class="filters">
      <${SelectField} label=${t("images.which")} value=${matched} options=${options} onInput=${(code) => narrow({ matched: code })} />
      <${TextField} label=${t("person.id")} value=${identity} onInput=${(id) => narrow({ identity: id })} />
      <${TextField} label=${t("collection")} value=${collection} onInput=${(name) => narrow({ collection: name })} />
      <${Check} onDone=${list.reload} />
    </div>
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="watch" title=${t("images.none")}><p>${t("images.none.text")}</p></${Empty}>`}
      draw=${(image) => html`<li class="row" key=${image.image_id}>
        <${State} of=${image.matches[0]?.decision ?? "no_match"} />
        <a class="grow source" href=${to("watch", "images", image.image_id)}>${image.source}</a>
        <span>${image.matches.map((one) => `${one.name || one.identity} ${similar(one.similarity)}`).join(", ")}</span>
        <span class="small">${t("faces", { n: image.faces_detected })}</span>
        <time class="small" datetime=${image.created_at}>${moment(image.created_at)}</time>
      </li>`} />`;
}

/** Look through some pictures of this device, each with its own result. */
function Check({ onDone }) {
  const input = useRef(null);
  const [wrong, tellWrong] = useState(null);
  const checking = useAction(async (files) => {
    const body = new FormData();
    for (const file of files) body.append("images", file);
    const { processed, matched, results } = await ask("process-images", { method: "POST", body });
    tellWrong(results.find((one) => one.error)?.error);
    tell(t("images.done", { n: processed, matched }));
    onDone();
  });
  return html`
    <input hidden ref=${input} type="file" accept="image/*,.heic,.heif,.avif" multiple onChange=${(e) => checking.run([...e.target.files])} />
    <${Button} kind="primary" icon="upload" busy=${checking.busy} onClick=${() => input.current.click()}>${t("images.check")}</${Button}>
    <${Trouble} error=${checking.error ?? wrong} />`;
}

export function Image({ id }) {
  const path = at`processed-images/${id}`;
  const { data: image, error, loading, reload } = useAsked(path);
  const home = ["watch", "images"];
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE" });
    tell(t("image.forgotten"));
    go(...home);
  });
  if (!image) return html`<${Head} title=${id} back=${home} />${loading ? html`<${Skeleton} shape="row" />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  const boxes = image.faces.map((face, key) => ({ key, box: face.box, landmarks: face.landmarks, tone: TONES[face.matches[0]?.decision] ?? "", label: labelOf(face.matches[0]) }));
  return html`
    <${Head} title=${t("image")} subtitle=${image.source} back=${home}><${Button} icon="trash" busy=${forget.busy} onClick=${forget.run}>${t("person.forget")}</${Button}></${Head}>
    <${Trouble} error=${forget.error} />
    <div class="photo-page">
      <${Marked} address="" note=${t("image.not_kept")} width=${image.width} height=${image.height} faces=${boxes} />
      <section aria-label=${t("photo.faces")}>
        <h2>${t("image.seen")}</h2>
        ${image.matches.length === 0 && html`<p><${Chip}>${t("try.nobody")}</${Chip}></p>`}
        ${image.matches.length > 0 && html`<ul class="rows">${image.matches.map((one) => html`<li class="row" key=${one.identity}>
          <a class="grow" href=${to(...placeOf(image.collection, one.identity))}>${one.name || one.identity}</a><strong>${similar(one.similarity)}</strong><${State} of=${one.decision} />
        </li>`)}</ul>`}
        <dl class="facts">
          <${Fact} label=${t("collection")}>${image.collection}</${Fact}>
          <${Fact} label=${t("threshold")}>${number(image.threshold, 2)}</${Fact}>
          <${Fact} label=${t("model")}>${image.model}</${Fact}>
          <${Fact} label=${t("job.finished")}>${moment(image.created_at)}</${Fact}>
        </dl>
      </section>
    </div>`;
}

function labelOf(match) {
  return match ? `${match.name || match.identity} ${similar(match.similarity)}` : "";
}

function placeOf(collection, id) {
  return collection === "blacklist" ? ["watch", "entries", id] : ["people", collection, id];
}
