/** Who is watched for, the pictures that were looked through, and whom they showed. */

import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { to } from "../lib/route.js";
import { Head, Tabs } from "../parts/basics.js";
import { Entries } from "./watch/entries.js";
import { Entry } from "./watch/entry.js";
import { Image, Images } from "./watch/images.js";

const TABS = { entries: Entries, images: Images };
const ONE = { entries: Entry, images: Image };

export function Page({ parts, query }) {
  const tab = parts[0] in TABS ? parts[0] : "entries";
  const One = ONE[tab];
  if (parts[1] !== undefined) return html`<${One} key=${parts[1]} id=${parts[1]} query=${query} />`;
  const Shown = TABS[tab];
  const tabs = Object.keys(TABS).map((key) => [key, t(`watch.${key}`)]);
  return html`
    <${Head} title=${t("place.watch")} subtitle=${t("watch.text")} />
    <${Tabs} label=${t("place.watch")} tabs=${tabs} now=${tab} href=${(key) => to("watch", key)} />
    <${Shown} key=${tab} query=${query} />`;
}
