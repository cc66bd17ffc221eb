/** What was done and what is being done: jobs, uploads that were analysed, dead letters, and who was told. */

import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { to } from "../lib/route.js";
import { Head, Tabs } from "../parts/basics.js";
import { Analyses, Analysis } from "./activity/analyses.js";
import { DeadLetters } from "./activity/dead_letters.js";
import { Deliveries } from "./activity/deliveries.js";
import { Job, Jobs } from "./activity/jobs.js";

const TABS = { jobs: Jobs, analyses: Analyses, dead: DeadLetters, deliveries: Deliveries };
const ONE = { jobs: Job, analyses: Analysis };

export function Page({ parts, query }) {
  const tab = parts[0] in TABS ? parts[0] : "jobs";
  const One = ONE[tab];
  if (One && parts[1] !== undefined) return html`<${One} key=${parts[1]} id=${parts[1]} />`;
  const Shown = TABS[tab];
  const tabs = Object.keys(TABS).map((key) => [key, t(`activity.${key}`)]);
  return html`
    <${Head} title=${t("place.activity")} subtitle=${t("activity.text")} />
    <${Tabs} label=${t("place.activity")} tabs=${tabs} now=${tab} href=${(key) => to("activity", key)} />
    <${Shown} key=${tab} query=${query} />`;
}
