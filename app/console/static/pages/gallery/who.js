/** Ask who a face is: a client there is, or a new one. */

import { at } from "../../lib/api.js";
import { useAction, useAsked } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Button, SelectField, TextField, Trouble } from "../../parts/basics.js";

/** onName: given (client's id, {name}); says it to the API. */
export function WhoIsIt({ gallery, onName }) {
  const { data } = useAsked(at`galleries/${gallery}/clients`, { limit: 1000 });
  const [known, choose] = useState("");
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const naming = useAction(() => (known ? onName(known, {}) : onName(id.trim(), { name: name.trim() })));
  const clients = (data?.clients ?? []).map((one) => [one.client_id, one.name || one.client_id]);
  const submit = (event) => {
    event.preventDefault();
    naming.run();
  };
  return html`<form onSubmit=${submit}>
    ${clients.length > 0 && html`<${SelectField} label=${t("who.is")} value=${known} options=${[["", t("who.new")], ...clients]} onInput=${choose} />`}
    ${!known && html`<${TextField} label=${t("person.id")} hint=${t("person.id.hint")} value=${id} onInput=${setId} required maxlength="255" autocomplete="off" />
      <${TextField} label=${t("person.name")} value=${name} onInput=${setName} maxlength="255" autocomplete="off" />`}
    <${Trouble} error=${naming.error} />
    <div class="buttons"><${Button} kind="primary" icon="check" type="submit" busy=${naming.busy} disabled=${!known && !id.trim()}>${t("who.keep")}</${Button}></div>
  </form>`;
}
