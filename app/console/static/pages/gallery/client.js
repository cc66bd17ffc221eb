/** A client of a gallery and the photos that they are in. */

import { ask, at } from "../../lib/api.js";
import { useAction, useAnswer, useAsked, useList } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Confirm, Empty, Head, Listed, SelectField, Skeleton, State, Trouble } from "../../parts/basics.js";
import { Enrol } from "../../parts/enrol.js";
import { Face, MemberFace, Tile, cropOf, nameOf, similar, thumbnailOf } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";

/** A client's face: from their best photo, else from the picture that they were enrolled with. */
export function ClientFace({ gallery, client, size }) {
  const { data } = useAnswer(
    async (signal) => client.photos ? ask(at`galleries/${gallery}/clients/${client.client_id}/photos`, { query: { limit: 1 }, signal }) : null,
    [gallery, client.client_id, client.photos],
  );
  const best = data?.photos[0];
  if (best) return html`<${Face} path=${cropOf(gallery, best.photo_id, best.face_id)} name=${client.name || client.client_id} size=${size} />`;
  const member = { member_id: client.client_id, name: client.name, faces: client.photos ? 0 : client.faces };
  return html`<${MemberFace} member=${member} collection=${`gallery.${gallery}`} size=${size} />`;
}

export function Client({ gallery, id, query }) {
  const path = at`galleries/${gallery}/clients/${id}`;
  const { data, error, loading, reload } = useAsked(path);
  const review = query.review === "1";
  const list = useList(`${path}/photos`, "photos", { limit: 200, include_review: review || undefined });
  const [open, set] = useState("");
  const close = () => set("");
  const home = ["galleries", gallery];
  const reject = useAction(async (photo, undo) => {
    await ask(at`galleries/${gallery}/photos/${photo.photo_id}/faces/${photo.face_id}/${undo ? "unreject" : "reject"}`, { method: "POST", body: { client_id: id } });
    list.change((items) => items.map((one) => (one.face_id === photo.face_id ? { ...one, rejected: !undo } : one)));
    tell(undo ? t("rejected.undone") : t("rejected"));
    reload();
  });
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE" });
    tell(t("person.forgotten"));
    go(...home);
  });
  const send = (_, body) => ask(`${path}/enroll-face`, { method: "POST", body });
  const enrolled = (kept) => {
    close();
    tell(kept.photo_count ? t("client.enrolled", { n: kept.photo_count }) : t("client.kept"));
    reload();
    list.reload();
  };
  if (!data) return html`<${Head} title=${id} back=${home} />${loading ? html`<${Skeleton} />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  const options = [["", t("review.without")], ["1", t("review.with")]];
  return html`
    <${Head} title=${data.name || id} subtitle=${`${t("photos", { n: data.photos })} · ${t("faces", { n: data.faces })}`} back=${home}>
      <${Button} icon="trash" onClick=${() => set("forget")}>${t("person.forget")}</${Button}>
      <${Button} kind="primary" icon="plus" onClick=${() => set("enrol")}>${t("person.another")}</${Button}>
    </${Head}>
    <div class="filters"><${SelectField} label=${t("review.which")} value=${review ? "1" : ""} options=${options} onInput=${(code) => narrow({ review: code })} /></div>
    <${Trouble} error=${reject.error} />
    <${Listed} list=${list} class="tiles" empty=${html`<${Empty} icon="galleries" title=${t("client.no_photo")}><p>${t("client.no_photo.text")}</p></${Empty}>`}
      draw=${(one) => html`<${Found} key=${one.face_id} gallery=${gallery} photo=${one} name=${data.name || id} busy=${reject.busy} onReject=${reject.run} />`} />
    <${Enrol} open=${open === "enrol"} title=${t("person.another")} person=${{ id, name: data.name }} send=${send} onDone=${enrolled} onClose=${close} />
    <${Confirm} open=${open === "forget"} title=${t("person.forget")} text=${t("person.forget.text", { name: data.name || id })} label=${t("person.forget")} busy=${forget.busy} error=${forget.error} act=${forget.run} onClose=${close} />`;
}

function Found({ gallery, photo, name, busy, onReject }) {
  const file = nameOf(photo.key);
  return html`<li class=${photo.rejected ? "shot-frame rejected" : "shot-frame"}>
    <a class="shot" href=${to("galleries", gallery, "photo", photo.photo_id)}>
      <${Tile} path=${thumbnailOf(gallery, photo.photo_id)} box=${photo.box} alt=${t("photo.of", { name, file })} />
      <span class="legend"><span class="name">${file}</span><strong>${similar(photo.similarity)}</strong></span>
    </a>
    <div class="bar">
      ${photo.decision !== "match" && html`<${State} of=${photo.decision} />`}
      ${photo.rejected
        ? html`<${Button} kind="quiet" icon="again" busy=${busy} onClick=${() => onReject(photo, true)}>${t("reject.undo")}</${Button}>`
        : html`<${Button} kind="quiet" icon="close" busy=${busy} onClick=${() => onReject(photo, false)}>${t("reject")}</${Button}>`}
    </div>
  </li>`;
}
