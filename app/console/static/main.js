/** The page: who asks, in which language, and what is shown where. */

import { ask, useKey, whenRefused } from "./lib/api.js";
import { html, render, useCallback, useEffect, useState } from "./lib/html.js";
import { preferred, speak, t } from "./lib/i18n.js";
import { forgetPictures } from "./lib/pictures.js";
import { usePlace } from "./lib/route.js";
import { Skeleton, Trouble } from "./parts/basics.js";
import { Shell, dress } from "./parts/shell.js";
import { SignIn } from "./parts/sign_in.js";
import { Toast } from "./parts/toast.js";

const PAGES = {
  people: () => import("./pages/people.js"),
  galleries: () => import("./pages/galleries.js"),
  try: () => import("./pages/try.js"),
  watch: () => import("./pages/watch.js"),
  activity: () => import("./pages/activity.js"),
  status: () => import("./pages/status.js"),
};

function App() {
  const [session, set] = useState({ state: "asking" });
  const [, setLanguage] = useState("");
  const speakAnew = async (code) => {
    await speak(code, true);
    setLanguage(code);
  };
  const leave = useCallback((error) => {
    useKey("");
    forgetPictures();
    set({ state: "out", error });
  }, []);
  const enter = useCallback(async (key) => {
    useKey(key);
    set({ state: "in", keyed: Boolean(key), status: await greeting() });
  }, []);
  const knock = useCallback(() => {
    set({ state: "asking" });
    enter("").catch((error) => error.status === 401 ? leave() : set({ state: "down", error }));
  }, []);
  useEffect(() => {
    whenRefused((error) => {
      useKey("");
      set((now) => (now.state === "in" ? { state: "out", error } : now));
    });
    knock();
  }, []);

  if (session.state === "asking") return html`<p class="boot" role="status">${t("loading")}</p>`;
  if (session.state === "down") return html`<main class="alone"><h1>${t("title")}</h1><${Trouble} error=${session.error} retry=${knock} /></main>`;
  if (session.state === "out") return html`<${SignIn} enter=${enter} error=${session.error} onSpeak=${speakAnew} />`;
  return html`<${Inside} session=${session} onLeave=${session.keyed ? () => leave() : undefined} onSpeak=${speakAnew} />`;
}

function Inside({ session, onLeave, onSpeak }) {
  const { parts, query } = usePlace();
  const now = parts[0] in PAGES ? parts[0] : "people";
  const [page, set] = useState({});
  useEffect(() => {
    PAGES[now]().then((module) => set({ name: now, Page: module.Page }), (error) => set({ name: now, error }));
  }, [now]);
  useEffect(() => void (page.Page && fetchTheRest()), [page]);
  useEffect(() => {
    scrollTo(0, 0);
    const heading = document.querySelector("main h1");
    document.title = heading ? `${heading.textContent} · ${t("title")}` : t("title");
  }, [page, parts.join("/")]);
  const ready = page.name === now;
  return html`<${Shell} now=${now} onLeave=${onLeave} onSpeak=${onSpeak}>
      ${ready && page.error && html`<${Trouble} error=${{ code: "offline", message: String(page.error) }} retry=${() => location.reload()} />`}
      ${ready && page.Page ? html`<${page.Page} parts=${parts.slice(1)} query=${query} status=${session.status} />` : html`<${Skeleton} />`}
    </${Shell}>
    <${Toast} />`;
}

/** Have the other pages at hand, also when the service is gone by then. */
function fetchTheRest() {
  Object.values(PAGES).forEach((fetched) => fetched().catch(() => {}));
}

/** What the service says of itself; {} to those who may use it and not see that. Raises where it knows them not. */
async function greeting() {
  try {
    return await ask("ops/status");
  } catch (error) {
    if (error.status === 403) return {};
    throw error;
  }
}

dress();
await speak(preferred());
const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
