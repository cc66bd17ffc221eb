/** The frame around every page: where one can go, the language, the looks, and the way out. */

import { html, useState } from "../lib/html.js";
import { keep, languages, remembered, spoken, t } from "../lib/i18n.js";
import { to } from "../lib/route.js";
import { Button } from "./basics.js";
import { Icon } from "./icons.js";

export const PLACES = [
  ["people", "people"],
  ["galleries", "galleries"],
  ["try", "try"],
  ["watch", "watch"],
  ["activity", "activity"],
  ["status", "status"],
];
const LOOKS = { auto: "light", light: "dark", dark: "auto" };
const LOOK_ICONS = { auto: "auto", light: "sun", dark: "moon" };

export function Shell({ now, onLeave, onSpeak, children }) {
  return html`
    <a class="skip" href="#main" onClick=${toMain}>${t("skip")}</a>
    <div class="shell">
      <aside class="side">
        <a class="brand" href=${to("people")}><span class="logo"><${Icon} name="try" /></span><span>${t("title")}</span></a>
        <nav class="places" aria-label=${t("places")}>
          ${PLACES.map(([key, icon]) => html`<a href=${to(key)} aria-current=${key === now ? "page" : undefined}>
            <${Icon} name=${icon} /><span>${t(`place.${key}`)}</span>
          </a>`)}
        </nav>
        <div class="side-foot">
          <${Tongue} onSpeak=${onSpeak} />
          <div class="pair"><${Look} />${onLeave && html`<${Button} kind="quiet" icon="leave" onClick=${onLeave}>${t("leave")}</${Button}>`}</div>
        </div>
      </aside>
      <main id="main" tabindex="-1">${children}</main>
    </div>`;
}

/** A link with # would be a place of ours. */
function toMain(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

export function Tongue({ onSpeak }) {
  return html`<select class="tongue" aria-label=${t("language")} onInput=${(e) => onSpeak(e.target.value)}>
    ${languages.map(([code, name]) => html`<option value=${code} selected=${code === spoken()}>${name}</option>`)}
  </select>`;
}

export function Look() {
  const [look, set] = useState(remembered("look") ?? "auto");
  const turn = () => {
    keep("look", LOOKS[look]);
    dress();
    set(LOOKS[look]);
  };
  return html`<${Button} kind="quiet" icon=${LOOK_ICONS[look]} onClick=${turn} aria-label=${`${t("look")}: ${t(`look.${look}`)}`} />`;
}

/** Light, dark, or as the system has it. */
export function dress() {
  const look = remembered("look");
  if (look in LOOKS && look !== "auto") document.documentElement.dataset.look = look;
  else delete document.documentElement.dataset.look;
}
