/** One gallery: how far it is, its clients, its photos, who nobody knows, and what failed. */

import { ask, at } from "../../lib/api.js";
import { useAction, useAsked, useEvery, useList } from "../../lib/data.js";
import { html, useEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { spoken, t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Confirm, Empty, Head, Listed, Reason, SelectField, Skeleton, State, Tabs, Trouble } from "../../parts/basics.js";
import { Enrol } from "../../parts/enrol.js";
import { Face, Tile, nameOf, thumbnailOf } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";
import { ClientFace } from "./client.js";
import { Settings } from "./settings.js";
import { Standing } from "./standing.js";

const TABS = { clients: Clients, photos: Photos, unknown: Unknown, failures: Failures };
const GLANCE_MILLISECONDS = 700;

export function Gallery({ gallery, tab, query, status }) {
  const now = tab in TABS ? tab : "clients";
  const path = at`galleries/${gallery}`;
  const about = useAsked(path);
  const standing = useAsked(`${path}/face-process-status`);
  const [open, set] = useState("");
  const close = () => set("");
  const busy = ["listing", "processing"].includes(standing.data?.status);
  useEvery(GLANCE_MILLISECONDS, busy, standing.reload);
  const ended = useEnd(busy);
  useEffect(() => about.reload(), [ended]);

  const process = useAction(async (force) => {
    await ask(`${path}/process-faces`, { method: "POST", body: { force } });
    standing.reload();
  });
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE" });
    tell(t("gallery.forgotten"));
    go("galleries");
  });
  if (!about.data) return html`<${Head} title=${gallery} back=${["galleries"]} />${about.loading ? html`<${Skeleton} />` : html`<${Trouble} error=${about.error} retry=${about.reload} />`}`;
  const { photos, clients } = about.data;
  const counts = standing.data ?? photos;
  const Shown = TABS[now];
  const tabs = [["clients", t("tab.clients"), clients], ["photos", t("tab.photos"), counts.total], ["unknown", t("tab.unknown")], ["failures", t("tab.failures"), counts.error]];
  return html`
    <${Head} title=${about.data.name || gallery} subtitle=${about.data.source} back=${["galleries"]}>
      <${Button} icon="trash" onClick=${() => set("forget")}>${t("gallery.forget")}</${Button}>
      <${Button} onClick=${() => set("change")}>${t("gallery.settings")}</${Button}>
      <${Button} kind="primary" icon="play" busy=${process.busy || busy} onClick=${() => process.run(false)}>${t("gallery.process")}</${Button}>
    </${Head}>
    <${Trouble} error=${process.error ?? standing.error} />
    <${Standing} of=${standing.data} onAgain=${() => process.run(true)} />
    <${Tabs} label=${t("gallery.parts")} tabs=${tabs} now=${now} href=${(key) => to("galleries", gallery, key)} />
    <${Shown} key=${now} gallery=${gallery} path=${path} query=${query} ended=${ended} onChange=${() => (about.reload(), standing.reload())} />
    <${Settings} open=${open === "change"} gallery=${about.data} status=${status} onClose=${close} onDone=${() => (close(), about.reload())} />
    <${Confirm} open=${open === "forget"} title=${t("gallery.forget")} text=${t("gallery.forget.text")} label=${t("gallery.forget")} busy=${forget.busy} error=${forget.error} act=${forget.run} onClose=${close} />`;
}

/** Counts how often `busy` has ended: what was shown before is old then. */
function useEnd(busy) {
  const before = useRef(busy);
  const [count, set] = useState(0);
  useEffect(() => {
    if (before.current && !busy) set((n) => n + 1);
    before.current = busy;
  }, [busy]);
  return count;
}

function Clients({ gallery, path, ended, onChange }) {
  const list = useList(`${path}/clients`, "clients", { limit: 100 });
  const [adding, add] = useState(false);
  useEffect(() => ended && list.reload(), [ended]);
  const send = (id, body) => ask(at`galleries/${gallery}/clients/${id}/enroll-face`, { method: "POST", body });
  const done = (kept) => {
    add(false);
    tell(kept.photo_count ? t("client.enrolled", { n: kept.photo_count }) : t("client.kept"));
    list.reload();
    onChange();
  };
  const button = html`<${Button} kind="primary" icon="plus" onClick=${() => add(true)}>${t("client.add")}</${Button}>`;
  return html`
    <div class="bar"><p class="sub">${t("clients.text")}</p>${list.items.length > 0 && button}</div>
    <${Listed} list=${list} class="cards people" shape="face" empty=${html`<${Empty} icon="people" title=${t("clients.none")}><p>${t("clients.none.text")}</p>${button}</${Empty}>`}
      draw=${(one) => html`<li key=${one.client_id}><a class="card person" href=${to("galleries", gallery, "client", one.client_id)}>
        <${ClientFace} gallery=${gallery} client=${one} size="large" />
        <strong>${one.name || one.client_id}</strong>
        <span class="small">${t("photos", { n: one.photos })} · ${t("faces", { n: one.faces })}</span>
      </a></li>`} />
    <${Enrol} open=${adding} title=${t("client.add")} send=${send} onDone=${done} onClose=${() => add(false)} />`;
}

const STATES = ["", "done", "error", "pending", "processing"];

function Photos({ gallery, path, query, ended }) {
  const state = STATES.includes(query.state) ? query.state : "";
  const list = useList(`${path}/photos`, "photos", { limit: 200, state });
  useEffect(() => ended && list.reload(), [ended]);
  // Drawn once each: to compare thousands of tiles with what they were takes long enough to be noticed.
  const drawn = useMemo(() => new WeakMap(), [spoken()]);
  const draw = (one) => {
    if (!drawn.has(one)) drawn.set(one, html`<${PhotoTile} key=${one.photo_id} gallery=${gallery} photo=${one} />`);
    return drawn.get(one);
  };
  const options = STATES.map((code) => [code, code ? t(`state.${code}`) : t("any")]);
  return html`
    <div class="filters"><${SelectField} label=${t("state")} value=${state} options=${options} onInput=${(code) => narrow({ state: code })} /></div>
    <${Listed} list=${list} class="tiles" empty=${html`<${Empty} icon="galleries" title=${t("photos.none")}><p>${t("photos.none.text")}</p></${Empty}>`} draw=${draw} />`;
}

function PhotoTile({ gallery, photo }) {
  return html`<li><a class="shot" href=${to("galleries", gallery, "photo", photo.photo_id)}>
    <${Tile} path=${thumbnailOf(gallery, photo.photo_id)} alt=${nameOf(photo.key)} />
    <span class="legend"><span class="name">${nameOf(photo.key)}</span>
      ${photo.state === "done" ? html`<span class="small">${t("faces", { n: photo.faces_detected })}</span>` : html`<${State} of=${photo.state} />`}
    </span>
  </a></li>`;
}

function Unknown({ gallery, path, query, ended }) {
  const aside = query.aside === "1";
  const list = useList(`${path}/unknown`, "groups", { limit: 60, dismissed: aside || undefined });
  useEffect(() => ended && list.reload(), [ended]);
  const options = [["", t("unknown.shown")], ["1", t("unknown.aside")]];
  return html`
    <div class="filters">
      <${SelectField} label=${t("unknown.which")} value=${aside ? "1" : ""} options=${options} onInput=${(code) => narrow({ aside: code })} />
      ${list.head && html`<p class="sub">${t("unknown.ungrouped", { n: list.head.ungrouped })}</p>`}
    </div>
    <${Listed} list=${list} class="cards people" shape="face" empty=${html`<${Empty} icon="unknown" title=${t("unknown.none")}><p>${t("unknown.none.text")}</p></${Empty}>`}
      draw=${(one) => html`<li key=${one.group_id}><a class="card person" href=${to("galleries", gallery, "group", one.group_id)}>
        <${Face} path=${one.sample.crop_url} name="?" size="large" />
        <strong>${t("unknown.somebody")}</strong>
        <span class="small">${t("photos", { n: one.photos })} · ${t("faces", { n: one.faces })}</span>
      </a></li>`} />`;
}

function Failures({ gallery, path, ended, onChange }) {
  const list = useList(`${path}/failures`, "photos", { limit: 100 });
  useEffect(() => ended && list.reload(), [ended]);
  const retry = useAction(async (photos) => {
    const { retried } = await ask(`${path}/failures/retry`, { method: "POST", body: photos ? { photo_ids: photos } : {} });
    tell(t("failures.retried", { n: retried }));
    list.reload();
    onChange();
  });
  return html`
    ${list.items.length > 0 && html`<div class="bar"><p class="sub">${t("failures.text")}</p><${Button} kind="primary" icon="again" busy=${retry.busy} onClick=${() => retry.run()}>${t("failures.retry_all")}</${Button}></div>`}
    <${Trouble} error=${retry.error} />
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="check" title=${t("failures.none")} />`}
      draw=${(one) => html`<li class="row" key=${one.photo_id}>
        <a class="grow" href=${to("galleries", gallery, "photo", one.photo_id)}>${nameOf(one.key)}</a>
        <${Reason} error=${one.error} attempts=${one.attempts} />
        <${Button} icon="again" busy=${retry.busy} onClick=${() => retry.run([one.photo_id])}>${t("again")}</${Button}>
      </li>`} />`;
}
