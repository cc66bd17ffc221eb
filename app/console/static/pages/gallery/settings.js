/** What a gallery is: where its photos lie, and how sure a match must be. */

import { ask, at } from "../../lib/api.js";
import { useAction } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { number, t } from "../../lib/i18n.js";
import { Button, Dialog, TextField, Trouble } from "../../parts/basics.js";

/** Make a gallery, or change the one that is given. */
export function Settings({ open, gallery, status, onClose, onDone }) {
  return html`<${Dialog} open=${open} title=${gallery ? t("gallery.change") : t("gallery.new")} onClose=${onClose}>
    <${Fields} gallery=${gallery} status=${status} onDone=${onDone} onClose=${onClose} />
  </${Dialog}>`;
}

function Fields({ gallery, status, onDone, onClose }) {
  const [said, set] = useState({
    id: gallery?.gallery_id ?? "",
    name: gallery?.name ?? "",
    source: gallery?.source ?? "",
    threshold: gallery?.threshold ?? "",
    webhook_url: gallery?.webhook_url ?? "",
  });
  const write = (name) => (value) => set({ ...said, [name]: value });
  const keeping = useAction(async () => {
    const { id, threshold, ...rest } = said;
    const body = { ...rest, max_faces: gallery?.max_faces, threshold: threshold === "" ? undefined : Number(threshold) };
    onDone(await ask(at`galleries/${id.trim()}`, { method: "PUT", body }));
  });
  const wrong = (name) => keeping.error?.errors?.find((one) => one.field === name)?.message;
  const submit = (event) => {
    event.preventDefault();
    keeping.run();
  };
  return html`<form onSubmit=${submit}>
    <${TextField} label=${t("gallery.id")} hint=${t("gallery.id.hint")} error=${wrong("gallery_id")} value=${said.id} onInput=${write("id")} required disabled=${Boolean(gallery)} maxlength="200" pattern="[a-zA-Z0-9_.\\-]+" />
    <${TextField} label=${t("gallery.name")} value=${said.name} onInput=${write("name")} maxlength="255" />
    <${TextField} label=${t("gallery.source")} hint=${t("gallery.source.hint")} error=${wrong("source")} value=${said.source} onInput=${write("source")} required spellcheck="false" placeholder="s3://bucket/prefix/" />
    <${TextField} label=${t("gallery.threshold")} hint=${t("gallery.threshold.hint", { least: number(status.threshold ?? 0.35, 2) })} error=${wrong("threshold")} type="number" min="0" max="1" step="0.01" value=${said.threshold} onInput=${write("threshold")} />
    <${TextField} label=${t("gallery.webhook")} error=${wrong("webhook_url")} type="url" value=${said.webhook_url} onInput=${write("webhook_url")} placeholder="https://" />
    <${Trouble} error=${keeping.error} />
    <div class="buttons"><${Button} onClick=${onClose}>${t("cancel")}</${Button}><${Button} kind="primary" type="submit" busy=${keeping.busy}>${gallery ? t("save") : t("gallery.make")}</${Button}></div>
  </form>`;
}
