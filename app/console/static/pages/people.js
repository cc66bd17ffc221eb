/** Collections, their members, and the faces kept of one. */

import { ask, at } from "../lib/api.js";
import { useAction, useAsked, useList } from "../lib/data.js";
import { html, useState } from "../lib/html.js";
import { moment, number, percent, t } from "../lib/i18n.js";
import { go, narrow, to } from "../lib/route.js";
import { Button, Confirm, Empty, Fact, Head, Listed, SelectField, Skeleton, TextField, Trouble } from "../parts/basics.js";
import { Enrol } from "../parts/enrol.js";
import { Face, MemberFace } from "../parts/faces.js";
import { tell } from "../parts/toast.js";

const DEFAULT = "default";

export function Page({ parts, query }) {
  const [collection = DEFAULT, member] = parts;
  if (member !== undefined) return html`<${Member} key=${member} collection=${collection} id=${member} />`;
  return html`<${Members} key=${collection} collection=${collection} wanted=${query.find ?? ""} />`;
}

function Members({ collection, wanted }) {
  const list = useList("members", "members", { collection, limit: 60 });
  const [enrolling, enrol] = useState(false);
  const [enrolled, count] = useState(0);
  const done = (_, name) => {
    enrol(false);
    tell(t("enrol.done", { name }));
    count((n) => n + 1);
    list.reload();
  };
  const send = (id, body) => {
    body.append("member_id", id);
    body.append("collection", collection);
    return ask("enroll", { method: "POST", body });
  };
  const add = html`<${Button} kind="primary" icon="plus" onClick=${() => enrol(true)}>${t("people.enrol")}</${Button}>`;
  const empty = html`<${Empty} icon="people" title=${t("people.none")}><p>${t("people.none.text")}</p>${add}</${Empty}>`;
  const found = { ...list, items: list.items.filter((one) => fits(one, wanted)) };
  return html`
    <${Head} title=${t("place.people")} subtitle=${t("people.text")}>${add}</${Head}>
    <div class="filters">
      <${Collections} key=${enrolled} now=${collection} />
      <${TextField} label=${t("people.find")} value=${wanted} type="search" onInput=${(find) => narrow({ find })} />
    </div>
    <${Listed} list=${found} class="cards people" shape="face" draw=${(one) => html`<${Card} key=${one.member_id} member=${one} collection=${collection} />`}
      empty=${wanted ? html`<${Empty} icon="people" title=${t("people.nobody")} />` : empty} />
    <${Enrol} open=${enrolling} title=${t("people.enrol")} send=${send} onDone=${done} onClose=${() => enrol(false)} />`;
}

function Card({ member, collection }) {
  return html`<li><a class="card person" href=${to("people", collection, member.member_id)}>
    <${MemberFace} member=${member} collection=${collection} size="large" />
    <strong>${member.name || member.member_id}</strong>
    <span class="small">${member.name ? `${member.member_id} · ` : ""}${t("faces", { n: member.faces })}</span>
  </a></li>`;
}

function Collections({ now }) {
  const { data } = useAsked("collections", { limit: 200 });
  const names = new Set([DEFAULT, now, ...(data?.collections ?? []).map((one) => one.name)]);
  const counts = Object.fromEntries((data?.collections ?? []).map((one) => [one.name, one.counts.members]));
  const options = [...names].sort().map((name) => [name, name in counts ? `${name} (${number(counts[name])})` : name]);
  return html`<${SelectField} label=${t("collection")} value=${now} options=${options} onInput=${(name) => go("people", name)} />`;
}

function Member({ collection, id }) {
  const path = at`members/${id}`;
  const { data, error, loading, reload } = useAsked(path, { collection });
  const faces = useList(`${path}/faces`, "faces", { collection });
  const [open, set] = useState("");
  const close = () => set("");
  const anew = () => (close(), reload(), faces.reload());
  const send = (member_id, body) => {
    body.append("member_id", member_id);
    body.append("collection", collection);
    return ask("enroll", { method: "POST", body });
  };
  const forget = useAction(async () => {
    await ask(path, { method: "DELETE", query: { collection } });
    tell(t("person.forgotten"));
    go("people", collection);
  });
  if (!data) return html`<${Head} title=${id} back=${["people", collection]} />${loading ? html`<${Skeleton} shape="row" />` : html`<${Trouble} error=${error} retry=${reload} />`}`;
  const told = Object.entries(data.metadata);
  return html`
    <${Head} title=${data.name || id} subtitle=${`${collection} · ${id}`} back=${["people", collection]}>
      <${Button} icon="trash" onClick=${() => set("forget")}>${t("person.forget")}</${Button}>
      <${Button} kind="primary" icon="plus" onClick=${() => set("enrol")}>${t("person.another")}</${Button}>
    </${Head}>
    <dl class="facts">
      <${Fact} label=${t("person.faces")}>${number(data.faces)}</${Fact}>
      <${Fact} label=${t("since")}>${moment(data.created_at)}</${Fact}>
      ${told.map(([key, value]) => html`<${Fact} label=${key}>${typeof value === "string" ? value : JSON.stringify(value)}</${Fact}>`)}
    </dl>
    <h2>${t("person.kept")}</h2>
    <${Listed} list=${faces} class="cards faces" shape="face" empty=${html`<${Empty} icon="people" title=${t("person.no_face")} />`}
      draw=${(face) => html`<${Kept} key=${face.face_id} face=${face} name=${data.name || id} collection=${collection} onGone=${anew} />`} />
    <${Enrol} open=${open === "enrol"} title=${t("person.another")} person=${{ id, name: data.name }} send=${send} onDone=${anew} onClose=${close} />
    <${Confirm} open=${open === "forget"} title=${t("person.forget")} text=${t("person.forget.text", { name: data.name || id })} label=${t("person.forget")}
      busy=${forget.busy} error=${forget.error} act=${forget.run} onClose=${close} />`;
}

function Kept({ face, name, collection, onGone }) {
  const again = /^(s3|r2|supabase|https?):/.test(face.source);
  const path = again ? `${at`faces/${face.face_id}/crop`}?collection=${encodeURIComponent(collection)}` : "";
  const drop = useAction(async () => {
    await ask(at`faces/${face.face_id}`, { method: "DELETE", query: { collection } });
    onGone();
  });
  return html`<li class="card person">
    <${Face} path=${path} name=${name} size="large" />
    <span>${t("quality")} ${percent(face.quality)}</span>
    <span class="small source">${again ? face.source : t("person.uploaded")}</span>
    <span class="small">${moment(face.created_at)}</span>
    <${Trouble} error=${drop.error} />
    <${Button} kind="quiet" icon="trash" busy=${drop.busy} onClick=${drop.run}>${t("person.drop_face")}</${Button}>
  </li>`;
}

function fits(member, wanted) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain(`${member.name} ${member.member_id}`).includes(plain(wanted));
}
