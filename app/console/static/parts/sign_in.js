/** Who asks: by a key or a token that is kept while the page is open, and no longer. */

import { useAction } from "../lib/data.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Button, Field, Trouble } from "./basics.js";
import { Icon } from "./icons.js";
import { Look, Tongue } from "./shell.js";

export function SignIn({ enter, error, onSpeak }) {
  const [key, set] = useState("");
  const entering = useAction(enter);
  const submit = (event) => {
    event.preventDefault();
    entering.run(key.trim());
  };
  const missing = !key.trim();
  return html`<main class="alone">
    <form class="card sign-in" onSubmit=${submit}>
      <span class="logo big"><${Icon} name="try" /></span>
      <h1>${t("sign_in.title")}</h1>
      <p class="sub">${t("sign_in.text")}</p>
      <${Trouble} error=${entering.error ?? error} />
      <${Field} label=${t("sign_in.key")} hint=${t("sign_in.hint")}>
        ${(wired) => html`<input type="password" autocomplete="off" spellcheck="false" autofocus value=${key}
          onInput=${(e) => set(e.target.value)} ...${wired} />`}
      </${Field}>
      <${Button} kind="primary" type="submit" busy=${entering.busy} disabled=${missing}>${t("sign_in.enter")}</${Button}>
      <div class="pair"><${Tongue} onSpeak=${onSpeak} /><${Look} /></div>
    </form>
  </main>`;
}
