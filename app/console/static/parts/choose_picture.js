/** A picture from this device: dropped, chosen, pasted or taken. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Button } from "./basics.js";
import { Camera } from "./camera.js";
import { Icon } from "./icons.js";

const KINDS = "image/*,.heic,.heif,.avif";

/** onChoose: given a File. label: what it is for. */
export function ChoosePicture({ onChoose, label }) {
  const [taking, take] = useState(false);
  const [over, hover] = useState(false);
  const input = useRef(null);
  const given = (files) => files?.[0] && onChoose(files[0]);
  const dropped = (event) => {
    event.preventDefault();
    hover(false);
    given(event.dataTransfer.files);
  };
  if (taking) return html`<${Camera} onTake=${(file) => (take(false), onChoose(file))} onClose=${() => take(false)} />`;
  return html`<div class=${`drop ${over ? "over" : ""}`} onDrop=${dropped} onDragLeave=${() => hover(false)}
      onDragOver=${(e) => (e.preventDefault(), hover(true))}
      onPaste=${(e) => given(e.clipboardData.files)}>
    <${Icon} name="upload" />
    <p>${label ?? t("drop.text")}</p>
    <div class="buttons">
      <input hidden ref=${input} type="file" accept=${KINDS} onChange=${(e) => given(e.target.files)} />
      <${Button} kind="primary" icon="upload" onClick=${() => input.current.click()}>${t("drop.choose")}</${Button}>
      <${Button} icon="camera" onClick=${() => take(true)}>${t("drop.camera")}</${Button}>
    </div>
  </div>`;
}

/** The address by which a file can be shown, "" where this browser cannot. */
export function useShown(file) {
  const [address, set] = useState("");
  useEffect(() => {
    if (!file) return set("");
    const made = URL.createObjectURL(file);
    const probe = new Image();
    probe.onload = () => set(made);
    probe.src = made;
    return () => {
      set("");
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return address;
}
