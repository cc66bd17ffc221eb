/** What every page is made of: buttons, fields, chips, messages, and what is shown while there is nothing to show. */

import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { number, t, textOr } from "../lib/i18n.js";
import { to } from "../lib/route.js";
import { Icon } from "./icons.js";

export function Button({ kind = "plain", icon, busy, children, class: extra = "", ...rest }) {
  const drawn = icon && busy ? "again" : icon;
  return html`<button type="button" class=${`button ${kind} ${extra}`} disabled=${busy || rest.disabled} aria-busy=${busy} ...${rest}>
    ${drawn && html`<${Icon} name=${drawn} />`}${children && html`<span>${children}</span>`}
  </button>`;
}

/** A labelled control. hint: what may be written there. error: why it may not. children: given the control's attributes. */
export function Field({ label, hint, error, children }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children({ id, "aria-describedby": described, "aria-invalid": error ? "true" : undefined })}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error && html`<p class="wrong" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

export function TextField({ label, hint, error, value, onInput, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} error=${error}>
    ${(wired) => html`<input type="text" value=${value} onInput=${(e) => onInput(e.target.value)} ...${wired} ...${rest} />`}
  </${Field}>`;
}

export function SelectField({ label, hint, value, options, onInput }) {
  return html`<${Field} label=${label} hint=${hint}>
    ${(wired) => html`<select value=${value} onInput=${(e) => onInput(e.target.value)} ...${wired}>
      ${options.map(([code, text]) => html`<option value=${code} selected=${code === value}>${text}</option>`)}
    </select>`}
  </${Field}>`;
}

export function Chip({ tone = "calm", children }) {
  return html`<span class=${`chip ${tone}`}>${children}</span>`;
}

const TONES = {
  done: "good", delivered: "good", match: "good", ok: "good",
  failed: "bad", error: "bad",
  no_match: "calm",
  review: "warn", cancelled: "warn",
  running: "busy", processing: "busy", listing: "busy", pending: "busy", queued: "busy",
};

/** The state of a job, a photo, a delivery, or a decision. */
export function State({ of }) {
  return html`<${Chip} tone=${TONES[of] ?? "calm"}>${textOr(`state.${of}`, of)}</${Chip}>`;
}

/** What went wrong, in the reader's words where we have some, with what the service said where that tells more. */
export function Trouble({ error, retry }) {
  if (!error) return null;
  const said = textOr(`problem.${error.code}`, error.message);
  const more = error.errors?.length ? error.errors.map((one) => `${one.field}: ${one.message}`).join(" · ") : "";
  return html`<div class="trouble" role="alert">
    <${Icon} name="alert" />
    <div>
      <p>${said}</p>
      ${more && html`<p class="small">${more}</p>`}
      ${error.request_id && html`<p class="small">${t("problem.request")} <code>${error.request_id}</code></p>`}
    </div>
    ${retry && html`<${Button} icon="again" onClick=${retry}>${t("again")}</${Button}>`}
  </div>`;
}

/** Why something failed for good, in words. */
export function Reason({ error, attempts = 0 }) {
  if (!error) return null;
  return html`<span class="reason">
    <${Chip} tone="bad">${error.code}</${Chip}> <span>${textOr(`problem.${error.code}`, error.detail)}</span>
    ${attempts > 1 && html` <span class="small">${t("attempts", { n: attempts })}</span>`}
  </span>`;
}

export function Empty({ icon, title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2><div>${children}</div></div>`;
}

/** Where something is going to be. shape: card, row or face. */
export function Skeleton({ count = 6, shape = "card" }) {
  return html`<div class=${`skeletons ${shape}`} role="status" aria-label=${t("loading")}>
    ${Array.from({ length: count }, () => html`<i></i>`)}
  </div>`;
}

/** A list's items as `draw` shows them, its emptiness, its trouble, and more of it as soon as the end comes near. */
export function Listed({ list, draw, empty, shape = "card", class: kind = "cards" }) {
  if (list.error && !list.items.length) return html`<${Trouble} error=${list.error} retry=${list.reload} />`;
  if (list.loading && !list.items.length) return html`<${Skeleton} shape=${shape} />`;
  if (!list.items.length && list.done) return empty ?? null;
  return html`<ul class=${kind}>${list.items.map(draw)}</ul>
    <${Trouble} error=${list.error} retry=${list.reload} />
    <${End} list=${list} />`;
}

function End({ list }) {
  const mark = useRef(null);
  const latest = useRef(list.more);
  latest.current = list.more;
  useEffect(() => {
    if (list.done || !mark.current) return undefined;
    const seen = (entries) => entries.some((entry) => entry.isIntersecting) && latest.current();
    const watch = new IntersectionObserver(seen, { rootMargin: "1200px 0px" });
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, [list.done, list.items.length]);
  return list.done ? null : html`<p class="end" ref=${mark} role="status">${t("loading")}</p>`;
}

/** value: done of total, 0–1; without it, that something goes on. lost: part of the total that failed, of `value`. */
export function Progress({ label, value, lost = 0 }) {
  const told = value === undefined ? {} : { "aria-valuenow": Math.round(value * 100), "aria-valuemin": 0, "aria-valuemax": 100 };
  const wide = (part) => ({ width: `${Math.min(1, part) * 100}%` });
  return html`<div class=${`progress ${value === undefined ? "unsure" : ""}`} role="progressbar" aria-label=${label} ...${told}>
    <i style=${wide(value === undefined ? 0.35 : value - lost)}></i>${lost > 0 && html`<i class="lost" style=${wide(lost)}></i>`}
  </div>`;
}

export function Head({ title, back, subtitle, children }) {
  return html`<header class="head">
    ${back && html`<a class="button quiet back" href=${to(...back)} aria-label=${t("back")}><${Icon} name="back" /></a>`}
    <div class="titles"><h1 tabindex="-1">${title}</h1>${subtitle && html`<p class="sub">${subtitle}</p>`}</div>
    <div class="actions">${children}</div>
  </header>`;
}

/** Pages beside each other. tabs: [key, text, count?]. */
export function Tabs({ tabs, now, href, label }) {
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map(([key, text, count]) => html`<a href=${href(key)} aria-current=${key === now ? "page" : undefined}>
      ${text}${count !== undefined && html` <span class="count">${number(count)}</span>`}
    </a>`)}
  </nav>`;
}

/** A dialog while `open`. onClose: also by Escape, and by a press beside it. */
export function Dialog({ open, title, onClose, children, wide }) {
  const element = useRef(null);
  const id = useId();
  useEffect(() => {
    if (open && !element.current.open) element.current.showModal();
    if (!open && element.current.open) element.current.close();
  }, [open]);
  const pressed = (e) => e.target === element.current && onClose();
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-labelledby=${id} onClose=${onClose} onMouseDown=${pressed}>
    ${open && html`<div class="sheet">
      <div class="sheet-head">
        <h2 id=${id}>${title}</h2>
        <${Button} kind="quiet" icon="close" aria-label=${t("close")} onClick=${onClose} />
      </div>
      ${children}
    </div>`}
  </dialog>`;
}

/** Ask before something that cannot be taken back. */
export function Confirm({ open, title, text, act, label, busy, error, onClose }) {
  return html`<${Dialog} open=${open} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <${Trouble} error=${error} />
    <div class="buttons"><${Button} onClick=${onClose}>${t("cancel")}</${Button}><${Button} kind="danger" busy=${busy} onClick=${act}>${label}</${Button}></div>
  </${Dialog}>`;
}

/** Text to be taken elsewhere, such as a command. */
export function Code({ text }) {
  const [copied, set] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    set(true);
    setTimeout(() => set(false), 2000);
  };
  return html`<div class="code">
    <pre tabindex="0"><code>${text}</code></pre>
    <${Button} icon=${copied ? "check" : "copy"} onClick=${copy}>${copied ? t("copied") : t("copy")}</${Button}>
  </div>`;
}

export function Fact({ label, children }) {
  return html`<div class="fact"><dt>${label}</dt><dd>${children}</dd></div>`;
}
