/** The entries of the watch-list, and a new one. */

import { ask } from "../../lib/api.js";
import { useAction, useList } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { moment, t } from "../../lib/i18n.js";
import { go, narrow, to } from "../../lib/route.js";
import { Button, Chip, Dialog, Empty, Listed, SelectField, TextField, Trouble } from "../../parts/basics.js";
import { MemberFace } from "../../parts/faces.js";

export const BLACKLIST = "blacklist";

export function Entries({ query }) {
  const force = ["true", "false"].includes(query.force) ? query.force : "";
  const list = useList("blacklist", "entries", { in_force: force, limit: 60 });
  const [adding, add] = useState(false);
  const button = html`<${Button} kind="primary" icon="plus" onClick=${() => add(true)}>${t("entry.new")}</${Button}>`;
  const options = [["", t("any")], ["true", t("entry.in_force")], ["false", t("entry.asleep")]];
  const none = html`<${Empty} icon="watch" title=${t("entries.none")}><p>${t("entries.none.text")}</p>${button}</${Empty}>`;
  return html`
    <div class="filters">
      <${SelectField} label=${t("state")} value=${force} options=${options} onInput=${(code) => narrow({ force: code })} />
      ${list.items.length > 0 && button}
    </div>
    <${Listed} list=${list} class="cards people" shape="face" empty=${none} draw=${(entry) => html`<${Card} key=${entry.id} entry=${entry} />`} />
    <${Dialog} open=${adding} title=${t("entry.new")} onClose=${() => add(false)}><${EntryForm} onDone=${(made) => go("watch", "entries", made.id)} /></${Dialog}>`;
}

function Card({ entry }) {
  return html`<li><a class="card person" href=${to("watch", "entries", entry.id)}>
    <${MemberFace} member=${{ member_id: entry.id, name: entry.name, faces: entry.images }} collection=${BLACKLIST} size="large" />
    <strong>${entry.name || entry.id}</strong>
    <span class="small">${entry.reason}</span>
    <span class="chips"><${Force} entry=${entry} />${entry.hits > 0 && html`<${Chip} tone="warn">${t("entry.hits", { n: entry.hits })}</${Chip}>`}</span>
  </a></li>`;
}

/** Whether an entry is matched now. */
export function Force({ entry }) {
  return html`<${Chip} tone=${entry.in_force ? "good" : "calm"}>${entry.in_force ? t("entry.in_force") : t("entry.asleep")}</${Chip}>`;
}

/** Make an entry, or change the one that is given. */
export function EntryForm({ entry, onDone }) {
  const [said, set] = useState({ name: entry?.name ?? "", reason: entry?.reason ?? "", until: local(entry?.expires_at) });
  const write = (name) => (value) => set({ ...said, [name]: value });
  const keeping = useAction(async () => {
    const body = { name: said.name, reason: said.reason, expires_at: said.until ? new Date(said.until).toISOString() : "never" };
    const path = entry ? `blacklist/${encodeURIComponent(entry.id)}` : "blacklist";
    onDone(await ask(path, { method: entry ? "PATCH" : "POST", body }));
  });
  const submit = (event) => {
    event.preventDefault();
    keeping.run();
  };
  return html`<form onSubmit=${submit}>
    <${TextField} label=${t("person.name")} value=${said.name} onInput=${write("name")} required maxlength="255" autocomplete="off" />
    <${TextField} label=${t("entry.reason")} value=${said.reason} onInput=${write("reason")} maxlength="1000" />
    <${TextField} label=${t("entry.until")} hint=${t("entry.until.hint")} type="datetime-local" value=${said.until} onInput=${write("until")} />
    <${Trouble} error=${keeping.error} />
    <div class="buttons"><${Button} kind="primary" icon="check" type="submit" busy=${keeping.busy} disabled=${!said.name.trim()}>${t("save")}</${Button}></div>
  </form>`;
}

/** A moment as an <input> has it, in the reader's time zone; "" for none. */
function local(iso) {
  if (!iso) return "";
  const date = new Date(iso);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function untilOf(entry) {
  return entry.expires_at ? moment(entry.expires_at) : t("entry.for_ever");
}
