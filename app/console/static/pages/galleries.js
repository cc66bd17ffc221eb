/** Galleries: all of them, and the way to what is in one. */

import { useList } from "../lib/data.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { go, to } from "../lib/route.js";
import { Button, Chip, Empty, Head, Listed, Progress } from "../parts/basics.js";
import { Client } from "./gallery/client.js";
import { Gallery } from "./gallery/gallery.js";
import { Group } from "./gallery/group.js";
import { Photo } from "./gallery/photo.js";
import { Settings } from "./gallery/settings.js";

const INSIDE = { client: Client, photo: Photo, group: Group };

export function Page({ parts, query, status }) {
  const [gallery, inside, id] = parts;
  if (gallery === undefined) return html`<${Galleries} status=${status} />`;
  const Shown = id === undefined ? Gallery : INSIDE[inside] ?? Gallery;
  return html`<${Shown} key=${[gallery, inside, id].join("/")} gallery=${gallery} tab=${inside ?? "clients"} id=${id} query=${query} status=${status} />`;
}

function Galleries({ status }) {
  const list = useList("galleries", "galleries", { limit: 60 });
  const [making, make] = useState(false);
  const add = html`<${Button} kind="primary" icon="plus" onClick=${() => make(true)}>${t("gallery.new")}</${Button}>`;
  return html`
    <${Head} title=${t("place.galleries")} subtitle=${t("galleries.text")}>${add}</${Head}>
    <${Listed} list=${list} class="cards galleries" draw=${(one) => html`<${Card} key=${one.gallery_id} gallery=${one} />`}
      empty=${html`<${Empty} icon="galleries" title=${t("galleries.none")}><p>${t("galleries.none.text")}</p>${add}</${Empty}>`} />
    <${Settings} open=${making} status=${status} onClose=${() => make(false)} onDone=${(made) => go("galleries", made.gallery_id)} />`;
}

function Card({ gallery }) {
  const { total, done, error, pending, processing } = gallery.photos;
  return html`<li><a class="card gallery" href=${to("galleries", gallery.gallery_id)}>
    <strong>${gallery.name || gallery.gallery_id}</strong>
    <code class="source">${gallery.source}</code>
    <${Progress} label=${t("gallery.processed")} value=${total ? (done + error) / total : 0} lost=${total ? error / total : 0} />
    <span class="chips">
      <${Chip}>${t("photos", { n: total })}</${Chip}>
      <${Chip}>${t("clients", { n: gallery.clients })}</${Chip}>
      ${pending + processing > 0 && html`<${Chip} tone="busy">${t("gallery.waiting", { n: pending + processing })}</${Chip}>`}
      ${error > 0 && html`<${Chip} tone="bad">${t("gallery.failed", { n: error })}</${Chip}>`}
    </span>
  </a></li>`;
}
