/** One photo with all its faces: who they are, who they are not, and who they might be. */

import { ask, at, form } from "../../lib/api.js";
import { useAction, useAsked } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { percent, t } from "../../lib/i18n.js";
import { usePicture } from "../../lib/pictures.js";
import { to } from "../../lib/route.js";
import { Button, Dialog, Head, Reason, Skeleton, State, Trouble } from "../../parts/basics.js";
import { Face, Marked, cropOf, nameOf, similar, thumbnailOf } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";
import { WhoIsIt } from "./who.js";

export function Photo({ gallery, id }) {
  const path = at`galleries/${gallery}/photos/${id}`;
  const { data, error, loading, reload } = useAsked(path);
  const [chosen, choose] = useState(null);
  const [naming, name] = useState(null);
  const [element, address] = usePicture(thumbnailOf(gallery, id, 1024));
  const home = ["galleries", gallery, "photos"];
  const judge = useAction(async (face, verb, client) => {
    await ask(`${path}/${at`faces/${face.face_id}/${verb}`}`, { method: "POST", body: { client_id: client } });
    tell(t("rejected"));
    reload();
  });
  const keep = async (client, body) => {
    const kept = await ask(at`galleries/${gallery}/clients/${client}/enroll-face`, { method: "POST", body: form({ ...body, reference_key: data.key, face_at: middle(naming) }) });
    tell(kept.photo_count ? t("client.enrolled", { n: kept.photo_count }) : t("client.kept"));
    name(null);
    reload();
  };
  const faces = data?.faces ?? [];
  return html`
    <${Head} title=${data ? nameOf(data.key) : id} subtitle=${data?.key} back=${home}>${data && html`<${State} of=${data.state} />`}</${Head}>
    ${loading && !data && html`<${Skeleton} count=${1} shape="photo" />`}
    <${Trouble} error=${error ?? judge.error} retry=${error && reload} />
    <div class="photo-page" ref=${element}>
      ${data && html`<${Marked} address=${address} alt=${nameOf(data.key)} width=${data.width} height=${data.height} chosen=${chosen} onChoose=${choose}
        faces=${faces.map((face) => ({ key: face.face_id, box: face.box, label: labelOf(face), tone: toneOf(face) }))} />`}
      ${data && html`<section aria-label=${t("photo.faces")}>
        <h2>${t("photo.faces")} <span class="count">${faces.length}</span></h2>
        <${Reason} error=${data.error} attempts=${data.attempts} />
        <ul class="rows">${faces.map((face) => html`<li key=${face.face_id} class=${`row ${face.face_id === chosen ? "on" : ""}`}>
          <${Face} path=${cropOf(gallery, id, face.face_id)} name=${face.client_name || face.client_id || "?"} />
          <${Who} gallery=${gallery} face=${face} />
          ${face.client_id
            ? html`<${Button} kind="quiet" icon="close" busy=${judge.busy} onClick=${() => judge.run(face, "reject", face.client_id)}>${t("reject")}</${Button}>`
            : html`<${Button} icon="plus" onClick=${() => name(face)}>${t("photo.name")}</${Button}>`}
        </li>`)}</ul>
      </section>`}
    </div>
    <${Dialog} open=${naming !== null} title=${t("photo.name")} onClose=${() => name(null)}>
      ${naming && html`<div class="pair"><${Face} path=${cropOf(gallery, id, naming.face_id)} name="?" size="large" /></div><${WhoIsIt} gallery=${gallery} onName=${keep} />`}
    </${Dialog}>`;
}

function Who({ gallery, face }) {
  const quality = html`<span class="small">${t("quality")} ${percent(face.quality)}</span>`;
  if (!face.client_id) return html`<div class="grow"><span>${t("unknown.somebody")}</span> ${quality}</div>`;
  return html`<div class="grow pair">
    <a href=${to("galleries", gallery, "client", face.client_id)}>${face.client_name || face.client_id}</a>
    <strong>${similar(face.similarity)}</strong> ${face.decision !== "match" && html`<${State} of=${face.decision} />`} ${quality}
  </div>`;
}

function labelOf(face) {
  return face.client_id ? `${face.client_name || face.client_id} ${similar(face.similarity)}` : "";
}

function toneOf(face) {
  return face.client_id ? (face.decision === "match" ? "good" : "warn") : "";
}

function middle({ box: { left, top, width, height } }) {
  return `${(left + width / 2).toFixed(6)},${(top + height / 2).toFixed(6)}`;
}
