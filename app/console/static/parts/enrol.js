/** Give a person a face: a picture, which face of it, whether it is good enough, and whose it is. */

import { ask, form } from "../lib/api.js";
import { useAction, useAnswer } from "../lib/data.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { adviceOn } from "./advice.js";
import { Button, Dialog, Skeleton, TextField, Trouble } from "./basics.js";
import { ChoosePicture, useShown } from "./choose_picture.js";
import { Marked } from "./faces.js";
import { Icon } from "./icons.js";

/**
 * person: {id, name} of somebody known, or nothing. send: given (id, fields of the form), asks the API to keep the face.
 * onDone: given what it answered, and how the person is called.
 */
export function Enrol({ open, title, person, send, onDone, onClose }) {
  return html`<${Dialog} open=${open} title=${title} onClose=${onClose} wide>
    <${Steps} person=${person} send=${send} onDone=${onDone} />
  </${Dialog}>`;
}

function Steps({ person, send, onDone }) {
  const [file, set] = useState(null);
  if (!file) return html`<${ChoosePicture} onChoose=${set} />`;
  return html`<${Looked} file=${file} person=${person} send=${send} onDone=${onDone} onBack=${() => set(null)} />`;
}

function Looked({ file, person, send, onDone, onBack }) {
  const look = (signal) => ask("detect", { method: "POST", body: form({ file }), signal });
  const { data, error, loading } = useAnswer(look, [file]);
  const address = useShown(file);
  const [picked, pick] = useState(null);
  if (loading) return html`<${Skeleton} count=${1} shape="photo" />`;
  if (error) return html`<${Trouble} error=${error} /><div class="buttons"><${Button} onClick=${onBack}>${t("enrol.other")}</${Button}></div>`;
  const alone = data.faces.length === 1 ? 0 : null;
  const chosen = picked ?? alone;
  return html`<div class="enrol">
    <${Marked} address=${address} alt=${t("enrol.picture")} width=${data.width} height=${data.height} chosen=${chosen}
      faces=${data.faces.map((face, key) => ({ key, box: face.box, tone: adviceOn(face).good ? "good" : "warn" }))}
      onChoose=${data.faces.length > 1 ? pick : undefined} />
    <div class="enrol-side">
      <${Advice} faces=${data.faces} chosen=${chosen} />
      ${chosen !== null
        ? html`<${Whose} file=${file} face=${data.faces[chosen]} several=${data.faces.length > 1} person=${person} send=${send} onDone=${onDone} onBack=${onBack} />`
        : html`<div class="buttons"><${Button} onClick=${onBack}>${t("enrol.other")}</${Button}></div>`}
    </div>
  </div>`;
}

function Advice({ faces, chosen }) {
  if (!faces.length) return html`<p class="advice" role="status"><${Icon} name="alert" />${t("advice.no_face")}</p>`;
  if (chosen === null) return html`<p class="advice" role="status"><${Icon} name="people" />${t("enrol.pick", { n: faces.length })}</p>`;
  const word = adviceOn(faces[chosen]);
  return html`<p class=${`advice ${word.good ? "good" : ""}`} role="status"><${Icon} name=${word.good ? "check" : "alert"} />${word.text}</p>`;
}

function Whose({ file, face, several, person, send, onDone, onBack }) {
  const [id, setId] = useState(person?.id ?? "");
  const [name, setName] = useState(person?.name ?? "");
  const keeping = useAction(async () => {
    const { left, top, width, height } = face.box;
    const middle = `${(left + width / 2).toFixed(6)},${(top + height / 2).toFixed(6)}`;
    const kept = await send(id.trim(), form({ file, name: name.trim(), face_at: several ? middle : "" }));
    onDone(kept, name.trim() || id.trim());
  });
  const submit = (event) => {
    event.preventDefault();
    keeping.run();
  };
  return html`<form onSubmit=${submit}>
    ${person
      ? html`<p class="who"><strong>${person.name || person.id}</strong> <code>${person.id}</code></p>`
      : html`<${TextField} label=${t("person.id")} hint=${t("person.id.hint")} value=${id} onInput=${setId} required autocomplete="off" maxlength="255" />`}
    <${TextField} label=${t("person.name")} value=${name} onInput=${setName} autocomplete="off" maxlength="255" />
    <${Trouble} error=${keeping.error} />
    <div class="buttons">
      <${Button} onClick=${onBack}>${t("enrol.other")}</${Button}>
      <${Button} kind="primary" icon="check" type="submit" busy=${keeping.busy} disabled=${!id.trim()}>${t("enrol.keep")}</${Button}>
    </div>
  </form>`;
}
