/** Who was told of what, and whether it arrived. */

import { ask, at } from "../../lib/api.js";
import { useAction, useEvery, useList } from "../../lib/data.js";
import { html } from "../../lib/html.js";
import { moment, t } from "../../lib/i18n.js";
import { narrow } from "../../lib/route.js";
import { Button, Empty, Listed, SelectField, Skeleton, State, Trouble } from "../../parts/basics.js";
import { tell } from "../../parts/toast.js";
import { choices } from "./jobs.js";

const STATES = ["pending", "delivered", "failed"];
const GLANCE_MILLISECONDS = 3000;

export function Deliveries({ query }) {
  const hooks = useList("webhooks", "webhooks", { limit: 200 });
  if (hooks.loading && !hooks.items.length) return html`<${Skeleton} shape="row" />`;
  if (hooks.error) return html`<${Trouble} error=${hooks.error} retry=${hooks.reload} />`;
  if (!hooks.items.length) return html`<${Empty} icon="activity" title=${t("webhooks.none")}><p>${t("webhooks.none.text")}</p></${Empty}>`;
  const now = hooks.items.find((one) => one.webhook_id === query.webhook) ?? hooks.items[0];
  return html`<${Told} hooks=${hooks.items} hook=${now} state=${query.state ?? ""} />`;
}

function Told({ hooks, hook, state }) {
  const path = at`webhooks/${hook.webhook_id}`;
  const list = useList(`${path}/deliveries`, "deliveries", { state, limit: 50 });
  useEvery(GLANCE_MILLISECONDS, !list.loading && list.items.some((one) => one.state === "pending"), list.reload);
  const act = useAction(async (what) => {
    await ask(`${path}/${what}`, { method: "POST" });
    tell(t("delivery.sent"));
    list.reload();
  });
  return html`
    <div class="filters">
      <${SelectField} label=${t("webhook")} value=${hook.webhook_id} options=${hooks.map((one) => [one.webhook_id, `${one.webhook_id} → ${one.url}`])} onInput=${(code) => narrow({ webhook: code })} />
      <${SelectField} label=${t("state")} value=${state} options=${choices(STATES, "state")} onInput=${(code) => narrow({ state: code })} />
      <${Button} busy=${act.busy} onClick=${() => act.run("test")}>${t("delivery.test")}</${Button}>
      <${Button} icon="again" busy=${act.busy} onClick=${() => act.run("redeliver")}>${t("delivery.all_again")}</${Button}>
    </div>
    <${Trouble} error=${act.error} />
    <${Listed} list=${list} class="rows" shape="row" empty=${html`<${Empty} icon="check" title=${t("deliveries.none")} />`}
      draw=${(one) => html`<li class="row" key=${one.delivery_id}>
        <${State} of=${one.state} />
        <span class="grow"><code>${one.type}</code> <span class="small">${one.error || (one.response_status ? `HTTP ${one.response_status}` : "")}</span></span>
        <span class="small">${t("attempts", { n: one.attempts })}</span>
        <time class="small" datetime=${one.created_at}>${moment(one.created_at)}</time>
        <${Button} kind="quiet" icon="again" busy=${act.busy} onClick=${() => act.run(at`deliveries/${one.delivery_id}/redeliver`)}>${t("again")}</${Button}>
      </li>`} />`;
}
