/** One entry of the watch-list: what is known of them, their images, and where they were seen. */

import { ask, at, form } from "../../lib/api.js";
import { useAction, useAsked, useList } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { moment, number, percent, t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Confirm, Dialog, Empty, Fact, Head, Listed, SelectField, Skeleton, State, Trouble } from "../../parts/basics.js";
import { ChoosePicture } from "../../parts/choose_picture.js";
import { Face, similar } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";
import { BLACKLIST, EntryForm, Force, untilOf } from "./entries.js";

const HOME = ["watch", "entries"];

export function Entry({ id, query }) {
  const path = at`blacklist/${id}`;
  const { data: entry, error, loading, reload } = useAsked(path);
  const images = useList(`${path}/images`, "faces", { limit: 100 });
  const [open, set] = useState("");
  const close = () => set("");
  const anew = () => (close(), reload(), images.reload());
  const turn = useAction(async () => {
    await ask(path, { method: "PATCH", body: { active: !entry.active } });
    reload();
  });
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE" });
    tell(t("person.forgotten"));
    go(...HOME);
  });
  if (!entry) return html`<${Head} title=${id} back=${HOME} />${loading ? html`<${Skeleton} shape="row" />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  return html`
    <${Head} title=${entry.name || id} subtitle=${entry.reason} back=${HOME}>
      <${Button} icon="trash" onClick=${() => set("forget")}>${t("person.forget")}</${Button}>
      <${Button} onClick=${() => set("change")}>${t("entry.change")}</${Button}>
      <${Button} busy=${turn.busy} onClick=${turn.run}>${entry.active ? t("entry.sleep") : t("entry.wake")}</${Button}>
      <${Button} kind="primary" icon="plus" onClick=${() => set("add")}>${t("entry.add")}</${Button}>
    </${Head}>
    <${Trouble} error=${turn.error} />
    <dl class="facts">
      <${Fact} label=${t("state")}><${Force} entry=${entry} /></${Fact}>
      <${Fact} label=${t("entry.until")}>${untilOf(entry)}</${Fact}>
      <${Fact} label=${t("person.faces")}>${number(entry.images)}</${Fact}>
      <${Fact} label=${t("since")}>${moment(entry.created_at)}</${Fact}>
    </dl>
    <h2>${t("person.kept")}</h2>
    <${Listed} list=${images} class="cards faces" shape="face" empty=${html`<${Empty} icon="people" title=${t("person.no_face")} />`}
      draw=${(face) => html`<${Kept} key=${face.face_id} path=${path} face=${face} name=${entry.name || id} onGone=${anew} />`} />
    <${Hits} path=${path} review=${query.review === "1"} />
    <${Dialog} open=${open === "add"} title=${t("entry.add")} onClose=${close}><${AddImage} path=${path} onDone=${anew} /></${Dialog}>
    <${Dialog} open=${open === "change"} title=${t("entry.change")} onClose=${close}><${EntryForm} entry=${entry} onDone=${anew} /></${Dialog}>
    <${Confirm} open=${open === "forget"} title=${t("person.forget")} text=${t("person.forget.text", { name: entry.name || id })} label=${t("person.forget")}
      busy=${forget.busy} error=${forget.error} act=${forget.run} onClose=${close} />`;
}

function Kept({ path, face, name, onGone }) {
  const again = /^(s3|r2|supabase|https?):/.test(face.source);
  const crop = again ? `${at`faces/${face.face_id}/crop`}?collection=${BLACKLIST}` : "";
  const drop = useAction(async () => {
    await ask(`${path}/${at`images/${face.face_id}`}`, { method: "DELETE" });
    onGone();
  });
  return html`<li class="card person">
    <${Face} path=${crop} name=${name} size="large" />
    <span>${t("quality")} ${percent(face.quality)}</span>
    <span class="small">${moment(face.created_at)}</span>
    <${Trouble} error=${drop.error} />
    <${Button} kind="quiet" icon="trash" busy=${drop.busy} onClick=${drop.run}>${t("person.drop_face")}</${Button}>
  </li>`;
}

/** A picture of several people is of the largest: whoever is watched for is seldom photographed alone. */
function AddImage({ path, onDone }) {
  const [wrong, tellWrong] = useState(null);
  const adding = useAction(async (file) => {
    const [{ error }] = (await ask(`${path}/images`, { method: "POST", body: form({ file, face_selection: "largest" }) })).results;
    if (error) tellWrong(error);
    else onDone();
  });
  return html`<p class="sub">${t("entry.add.text")}</p><${Trouble} error=${adding.error ?? wrong} /><${ChoosePicture} onChoose=${(file) => file && adding.run(file)} />`;
}

function Hits({ path, review }) {
  const list = useList(`${path}/hits`, "hits", { include_review: review || undefined, limit: 50 });
  const options = [["", t("review.without")], ["1", t("review.with")]];
  return html`<h2>${t("entry.seen")}</h2>
    <div class="filters"><${SelectField} label=${t("review.which")} value=${review ? "1" : ""} options=${options} onInput=${(code) => narrow({ review: code })} /></div>
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="check" title=${t("entry.unseen")} />`}
      draw=${(hit) => html`<li class="row" key=${hit.image_id + hit.face_id}>
        <${State} of=${hit.decision} /> <strong>${similar(hit.similarity)}</strong>
        <a class="grow source" href=${to("watch", "images", hit.image_id)}>${hit.source}</a>
        <time class="small" datetime=${hit.created_at}>${moment(hit.created_at)}</time>
      </li>`} />`;
}
