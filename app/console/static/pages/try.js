/** One picture, or two: who is it, is it them, are they the same? Nothing is kept. */

import { address, ask, form } from "../lib/api.js";
import { useAction, useAsked } from "../lib/data.js";
import { html, useState } from "../lib/html.js";
import { number, t } from "../lib/i18n.js";
import { to } from "../lib/route.js";
import { Button, Code, Fact, Head, SelectField, State, Tabs, TextField, Trouble } from "../parts/basics.js";
import { ChoosePicture, useShown } from "../parts/choose_picture.js";
import { Marked, Scale, similar } from "../parts/faces.js";

const WAYS = ["identify", "verify", "compare"];
const TONES = { match: "good", review: "warn" };
const MARGIN = 0.05;

export function Page({ parts, status }) {
  const way = WAYS.includes(parts[0]) ? parts[0] : "identify";
  const tabs = WAYS.map((key) => [key, t(`try.${key}`)]);
  return html`
    <${Head} title=${t("place.try")} subtitle=${t("try.text")} />
    <${Tabs} label=${t("place.try")} tabs=${tabs} now=${way} href=${(key) => to("try", key)} />
    <${Trial} key=${way} way=${way} margin=${status.review_margin ?? MARGIN} />`;
}

function Trial({ way, margin }) {
  const [files, set] = useState({});
  const [said, say] = useState({ collection: "default", member_id: "", cut: "", value: "" });
  const sides = way === "compare" ? ["a_file", "b_file"] : ["file"];
  const fields = fieldsOf(way, said);
  const ready = sides.every((side) => files[side]) && (way !== "verify" || said.member_id.trim());
  const asking = useAction(async () => {
    const answered = await ask(way, { method: "POST", body: form({ ...fields, ...files }) });
    const seen = await Promise.all(sides.map((side) => ask("detect", { method: "POST", body: form({ file: files[side] }) })));
    return show({ answered, seen });
  });
  const [shown, show] = useState(null);
  const give = (side) => (file) => (show(null), asking.clear(), set({ ...files, [side]: file }));
  const submit = (event) => {
    event.preventDefault();
    asking.run();
  };
  return html`
    <div class=${sides.length > 1 ? "sides two" : "sides"}>
      ${sides.map((side, n) => html`<${Side} key=${side} file=${files[side]} label=${sides.length > 1 ? t(`try.${side}`) : t("try.file")} onGive=${give(side)}
        seen=${shown?.seen[n]} faces=${shown ? facesOf(way, side, shown, n) : []} />`)}
    </div>
    <form class="card try" onSubmit=${submit}>
      <${Wishes} way=${way} said=${said} say=${say} />
      <${Button} kind="primary" type="submit" icon="try" busy=${asking.busy} disabled=${!ready}>${t(`try.${way}.go`)}</${Button}>
    </form>
    <${Trouble} error=${asking.error} />
    ${shown && html`<${Outcome} way=${way} answer=${shown.answered} margin=${margin} />`}
    <h2>${t("try.curl")}</h2>
    <${Code} text=${curl(way, fields, files, sides)} />`;
}

function Side({ file, label, onGive, seen, faces }) {
  const shown = useShown(file);
  if (!file) return html`<div class="card side-picture"><${ChoosePicture} onChoose=${onGive} label=${label} /></div>`;
  return html`<div class="card side-picture">
    <div class="bar"><strong>${label}</strong><${Button} kind="quiet" icon="again" onClick=${() => onGive(undefined)}>${t("enrol.other")}</${Button}></div>
    <${Marked} address=${shown} alt=${label} width=${seen?.width} height=${seen?.height} faces=${faces} />
  </div>`;
}

function Wishes({ way, said, say }) {
  const write = (name) => (value) => say({ ...said, [name]: value });
  const cuts = [["", t("cut.usual")], ["threshold", t("cut.threshold")], ["low", t("cut.low")], ["standard", t("cut.standard")], ["high", t("cut.high")]];
  return html`
    ${way !== "compare" && html`<${CollectionField} value=${said.collection} onInput=${write("collection")} />`}
    ${way === "verify" && html`<${TextField} label=${t("person.id")} value=${said.member_id} onInput=${write("member_id")} required autocomplete="off" />`}
    <${SelectField} label=${t("cut")} value=${said.cut} options=${cuts} onInput=${write("cut")} />
    ${said.cut === "threshold" && html`<${TextField} label=${t("threshold")} type="number" min="0" max="1" step="0.01" required value=${said.value} onInput=${write("value")} />`}`;
}

function CollectionField({ value, onInput }) {
  const { data } = useAsked("collections", { limit: 200 });
  const names = [...new Set([value, ...(data?.collections ?? []).map((one) => one.name)])].sort();
  return html`<${SelectField} label=${t("collection")} value=${value} options=${names.map((name) => [name, name])} onInput=${onInput} />`;
}

function Outcome({ way, answer, margin }) {
  const similarity = way === "identify" ? answer.best_similarity : answer.similarity;
  const found = way !== "identify" || answer.matches.length > 0;
  const rate = answer.expected_fpir ?? answer.expected_fmr;
  return html`<section class="card outcome" aria-label=${t("try.outcome")} role="status">
    <p class="big"><${State} of=${answer.decision} /> <strong>${verdict(way, answer)}</strong> ${found && html`<span class="sub">${similar(similarity)}</span>`}</p>
    ${found && html`<${Scale} similarity=${similarity} threshold=${answer.threshold} margin=${margin} decision=${answer.decision} />`}
    <dl class="facts">
      ${found && html`<${Fact} label=${t("similarity")}>${number(similarity, 3)}</${Fact}>`}
      <${Fact} label=${t("threshold")}>${number(answer.threshold, 3)}</${Fact}>
      ${answer.calibration !== "none" && html`<${Fact} label=${t("try.rate")}>${oneIn(rate)}</${Fact}>`}
      <${Fact} label=${t("model")}>${answer.model}</${Fact}>
    </dl>
    ${way === "identify" && answer.matches.length > 1 && html`<ul class="rows">${answer.matches.map((one) => html`<li class="row" key=${one.member_id}>
      <a class="grow" href=${to("people", answer.collection, one.member_id)}>${one.name || one.member_id}</a> <${State} of=${one.decision} /> <strong>${similar(one.similarity)}</strong></li>`)}</ul>`}
  </section>`;
}

function verdict(way, answer) {
  if (way === "identify") return answer.best_member_id ? answer.best_name || answer.best_member_id : t("try.nobody");
  return t(`try.${way}.${answer.decision}`);
}

function oneIn(rate) {
  return rate > 0 ? t("try.one_in", { n: Math.round(1 / rate) }) : t("try.never");
}

/** The faces of one side: what the answer says of one, and where /detect saw eyes, nose and mouth. */
function facesOf(way, side, { answered, seen }, n) {
  const spoken = { identify: answered.faces, verify: [answered], compare: [answered[side[0]]] }[way];
  return seen[n].faces.map((face, key) => {
    const meant = spoken?.find((one) => near(one.box, face.box));
    const match = way === "identify" ? meant?.matches[0] : meant && answered;
    const label = match && (way === "identify" ? `${match.name || match.member_id} ${similar(match.similarity)}` : similar(match.similarity));
    return { key, box: face.box, landmarks: face.landmarks, label, tone: meant ? TONES[match?.decision] ?? "bad" : "" };
  });
}

function near(a, b) {
  return Math.abs(a.left - b.left) + Math.abs(a.top - b.top) < 0.02;
}

function fieldsOf(way, { collection, member_id, cut, value }) {
  return {
    ...(way !== "compare" && { collection }),
    ...(way === "verify" && { member_id: member_id.trim() }),
    ...(way === "identify" && { all_faces: "true", top_k: "3" }),
    ...(cut === "threshold" ? { threshold: value } : cut && { risk: cut }),
  };
}

/** The same as a command. The key stays out of it: a shell keeps what is typed. */
function curl(way, fields, files, sides) {
  const told = Object.entries(fields).filter(([, value]) => value !== "").map(([name, value]) => `-F ${quoted(`${name}=${value}`)}`);
  const pictures = sides.map((side) => `-F ${quoted(`${side}=@${files[side]?.name ?? "photo.jpg"}`)}`);
  return [`curl -H "X-API-Key: $FACE_KEY"`, ...told, ...pictures, address(way)].join(" \\\n  ");
}

function quoted(text) {
  return /^[\w.=@/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
