/** The camera, with a word of advice every second before the picture is taken. */

import { ask, form } from "../lib/api.js";
import { useEvery } from "../lib/data.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { advice } from "./advice.js";
import { Button } from "./basics.js";

const LOOK_MILLISECONDS = 900;
const GLANCE = 480;
const QUALITY = 0.92;

/** onTake: given the picture as a File. onClose: when somebody goes back. */
export function Camera({ onTake, onClose }) {
  const video = useRef(null);
  const [state, set] = useState({ ready: false });
  const [word, say] = useState(null);
  useEffect(() => open(video, set), []);
  useEvery(LOOK_MILLISECONDS, state.ready, async () => {
    const glance = await snapped(video.current, GLANCE);
    if (glance) say(await ask("detect", { method: "POST", body: form({ file: glance }) }).then(advice, () => null));
  });
  const take = async () => onTake(await snapped(video.current));

  if (state.error) return html`<div class="camera"><p class="wrong" role="alert">${t(`camera.${state.error}`)}</p><${Button} onClick=${onClose}>${t("back")}</${Button}></div>`;
  return html`<div class="camera">
    <video ref=${video} autoplay muted playsinline aria-label=${t("camera")}></video>
    <p class=${`advice ${word?.good ? "good" : ""}`} role="status">${word?.text ?? t("camera.look")}</p>
    <div class="buttons">
      <${Button} onClick=${onClose}>${t("back")}</${Button}>
      <${Button} kind="primary" icon="camera" disabled=${!state.ready} onClick=${take}>${t("camera.take")}</${Button}>
    </div>
  </div>`;
}

/** Show what the camera sees; the answer ends it. */
function open(video, set) {
  let stream = null;
  let ended = false;
  const stop = () => stream?.getTracks().forEach((track) => track.stop());
  const wanted = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } }, audio: false };
  const asked = navigator.mediaDevices?.getUserMedia(wanted) ?? Promise.reject(new DOMException("", "SecurityError"));
  asked.then(
    async (found) => {
      stream = found;
      if (ended) return stop();
      video.current.srcObject = stream;
      await video.current.play().catch(() => {});
      return set({ ready: true });
    },
    (error) => set({ error: { NotAllowedError: "denied", SecurityError: "insecure" }[error.name] ?? "missing" }),
  );
  return () => {
    ended = true;
    stop();
  };
}

/** What the camera sees now as a JPEG file, at most `side` pixels wide; null before it sees anything. */
async function snapped(video, side = Infinity) {
  if (!video?.videoWidth) return null;
  const scale = Math.min(1, side / video.videoWidth);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return new File([blob], "camera.jpg", { type: "image/jpeg" });
}
