/** Faces that nobody has named and that seem to be one person's. */

import { ask, at } from "../../lib/api.js";
import { useAction, useList } from "../../lib/data.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, to } from "../../lib/route.js";
import { Button, Dialog, Head, Listed, Trouble } from "../../parts/basics.js";
import { Tile, nameOf, similar, thumbnailOf } from "../../parts/faces.js";
import { tell } from "../../parts/toast.js";
import { WhoIsIt } from "./who.js";

export function Group({ gallery, id }) {
  const path = at`galleries/${gallery}/unknown/${id}`;
  const home = ["galleries", gallery, "unknown"];
  const list = useList(path, "faces", { limit: 200 });
  const [naming, name] = useState(false);
  const keep = async (client, body) => {
    const named = await ask(`${path}/name`, { method: "POST", body: { client_id: client, ...body } });
    tell(t("group.named", { n: named.photo_count }));
    go("galleries", gallery, "client", named.client.client_id);
  };
  const dismiss = useAction(async () => {
    await ask(`${path}/dismiss`, { method: "POST" });
    tell(t("group.dismissed"));
    go(...home);
  });
  return html`
    <${Head} title=${t("unknown.somebody")} subtitle=${t("group.text")} back=${home}>
      <${Button} icon="close" busy=${dismiss.busy} onClick=${dismiss.run}>${t("group.dismiss")}</${Button}>
      <${Button} kind="primary" icon="plus" onClick=${() => name(true)}>${t("group.name")}</${Button}>
    </${Head}>
    <${Trouble} error=${dismiss.error} />
    <${Listed} list=${list} class="tiles" draw=${(face) => html`<li key=${face.face_id}>
      <a class="shot" href=${to("galleries", gallery, "photo", face.photo_id)}>
        <${Tile} path=${thumbnailOf(gallery, face.photo_id)} box=${face.box} alt=${nameOf(face.key)} />
        <span class="legend"><span class="name">${nameOf(face.key)}</span><span class="small">${similar(face.similarity)}</span></span>
      </a></li>`} />
    <${Dialog} open=${naming} title=${t("group.name")} onClose=${() => name(false)}><${WhoIsIt} gallery=${gallery} onName=${keep} /></${Dialog}>`;
}
