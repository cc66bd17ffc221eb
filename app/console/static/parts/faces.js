/** Faces and the photos they are in: crops, thumbnails, and boxes in fractions of the upright picture. */

import { at } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { percent, t } from "../lib/i18n.js";
import { usePicture } from "../lib/pictures.js";
import { Icon } from "./icons.js";

/** A face in a circle or a square; who has no picture is shown by initials. */
export function Face({ path, name, size = "" }) {
  const [element, address, failed] = usePicture(path);
  const bare = !path || failed;
  return html`<span class=${`face ${size} ${bare ? "bare" : ""}`} ref=${element}>
    ${address && html`<img src=${address} alt="" />`}
    ${bare && html`<span aria-hidden="true">${initials(name)}</span>`}
  </span>`;
}

/** A member's face from where it was taken, if it can be had. */
export function MemberFace({ member, collection, size }) {
  const path = member.faces ? `${at`members/${member.member_id}/crop`}?collection=${encodeURIComponent(collection)}` : "";
  return html`<${Face} path=${path} name=${member.name || member.member_id} size=${size} />`;
}

/** The address of a face's crop in a gallery's photo, for Face. */
export function cropOf(gallery, photo, face, size = 160) {
  return `${at`galleries/${gallery}/photos/${photo}/faces/${face}/crop`}?size=${size}`;
}

export function thumbnailOf(gallery, photo, size = 320) {
  return `${at`galleries/${gallery}/photos/${photo}/thumbnail`}?size=${size}`;
}

/**
 * A square of a photo, moved so that the face is in it, and the face outlined.
 *
 * alt: what the picture is, for those who do not see it.
 */
export function Tile({ path, box, alt }) {
  const [element, address, failed] = usePicture(path);
  const [ratio, set] = useState(0);
  const measured = (e) => set(e.target.naturalWidth / e.target.naturalHeight);
  const seen = ratio && box ? framed(box, ratio) : null;
  return html`<span class="tile" ref=${element}>
    ${address && html`<img src=${address} alt=${alt} decoding="async" onLoad=${measured} style=${{ objectPosition: seen?.position ?? "50% 50%" }} />`}
    ${failed && html`<span class="lost"><${Icon} name="alert" />${t("picture.lost")}</span>`}
    ${seen && html`<i class="box" style=${seen.box}></i>`}
  </span>`;
}

/** Where a face is in the square that is shown of a picture, and how the picture lies in it. ratio: width / height. */
function framed(box, ratio) {
  const wide = Math.max(1, ratio);
  const high = Math.max(1, 1 / ratio);
  const across = offset(box.left + box.width / 2, wide);
  const down = offset(box.top + box.height / 2, high);
  return {
    position: `${share(across, wide)} ${share(down, high)}`,
    box: placed({ left: box.left * wide - across, top: box.top * high - down, width: box.width * wide, height: box.height * high }),
  };
}

/** How much of a side that is `length` squares long is left out before the square that has `middle` (0–1) in its middle. */
function offset(middle, length) {
  return Math.min(length - 1, Math.max(0, middle * length - 0.5));
}

function share(left, length) {
  return length > 1 ? `${(left / (length - 1)) * 100}%` : "50%";
}

function placed({ left, top, width, height }) {
  return Object.fromEntries(Object.entries({ left, top, width, height }).map(([side, part]) => [side, `${part * 100}%`]));
}

/**
 * A whole picture with its faces marked.
 *
 * address: of the picture, "" where there is none or the browser cannot show it. faces: {key, box, label, tone, landmarks}. chosen: a key.
 * onChoose: makes the boxes buttons. note: in the place of a picture that cannot be shown.
 */
export function Marked({ address, alt, width, height, faces = [], chosen, onChoose, note = t("picture.unshown") }) {
  const shape = width && height ? { "--ratio": width / height, "--natural": `${width}px` } : {};
  return html`<div class=${`marked ${address ? "" : "blind"} ${width ? "sized" : ""}`} style=${shape}>
    ${address ? html`<img src=${address} alt=${alt} />` : html`<p>${note}</p>`}
    ${faces.map((face) => html`<${Box} key=${face.key} face=${face} on=${face.key === chosen} onChoose=${onChoose} />`)}
    ${faces.flatMap((face) => (face.landmarks ?? []).map((point) => html`<i class="point" style=${{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}></i>`))}
  </div>`;
}

function Box({ face, on, onChoose }) {
  const kind = `box ${face.tone ?? ""} ${on ? "on" : ""} ${face.box.top > 0.85 ? "low" : ""}`;
  const label = face.label && html`<b>${face.label}</b>`;
  if (!onChoose) return html`<span class=${kind} style=${placed(face.box)}>${label}</span>`;
  return html`<button type="button" class=${kind} style=${placed(face.box)} aria-pressed=${on} onClick=${() => onChoose(face.key)}>
    ${label ?? html`<span class="unseen">${t("face")}</span>`}
  </button>`;
}

/** How similar, against the threshold and the band below it that a person has to look at. All are cosines. */
export function Scale({ similarity, threshold, margin, decision }) {
  const from = Math.min(0, similarity);
  const place = (value) => `${Math.min(1, Math.max(0, (value - from) / (1 - from))) * 100}%`;
  const review = Math.max(from, threshold - margin);
  const told = t("scale", { similarity, threshold, decision: t(`state.${decision}`) });
  return html`<div class="scale">
    <div class="bands" role="img" aria-label=${told}>
      <i class="no" style=${{ left: 0, width: place(review) }}></i>
      <i class="maybe" style=${{ left: place(review), right: `calc(100% - ${place(threshold)})` }}></i>
      <i class="yes" style=${{ left: place(threshold), right: 0 }}></i>
      <i class=${`pin ${decision}`} style=${{ left: place(similarity) }}></i>
    </div>
    <div class="ticks" aria-hidden="true">
      <span style=${{ left: place(threshold) }}>${t("threshold")} ${threshold.toFixed(2)}</span>
    </div>
  </div>`;
}

/** The last part of a photo's key. */
export function nameOf(key) {
  return key.split("/").pop() || key;
}

export function similar(value) {
  return value === null || value === undefined ? "" : percent(value);
}

function initials(name = "") {
  const letters = name.split(/[\s._-]+/).filter(Boolean).map((word) => [...word][0]);
  return (letters.length > 1 ? [letters[0], letters.at(-1)] : letters).join("").toUpperCase() || "?";
}
