/**
 * Calls of the public API.
 *
 * The key lives in this module and nowhere else: no cookie, no storage, no address. It goes out in a header, which no
 * page elsewhere can have a browser send, so there is nothing to forge.
 */

const ROOT = new URL("../", document.baseURI);
const NOTHING = 204;

let credentials = {};
let refused = () => {};

/** What went wrong: the API's problem document, or «offline» where there was no answer. */
export class Problem extends Error {
  constructor(document) {
    super(document.message ?? document.code);
    Object.assign(this, { status: 0, errors: [] }, document);
  }
}

/** Use a key, or a token (a JWT: three parts, of which the first is a JSON object), from here on; "" forgets it. */
export function useKey(key) {
  const token = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(key);
  credentials = key ? (token ? { Authorization: `Bearer ${key}` } : { "X-API-Key": key }) : {};
}

/** Have `react` called whenever the service refuses the key. */
export function whenRefused(react) {
  refused = react;
}

/** The answer of a call as an object, null where it has no body. body: FormData, or an object to be sent as JSON. */
export async function ask(path, { method = "GET", query, body, signal } = {}) {
  const answer = await send(path, { method, query, body, signal });
  return answer.status === NOTHING ? null : answer.json();
}

/** The answer as text. */
export async function askText(path, options) {
  return (await send(path, options)).text();
}

/** The answer as a picture, by an address of this page's own. Whoever asked revokes it. */
export async function askPicture(path, options) {
  return URL.createObjectURL(await (await send(path, options)).blob());
}

/** Fields of a form with a picture in it; what is empty is left out. */
export function form(fields) {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Blob) made.append(name, value, value.name ?? "picture.jpg");
    else if (value !== undefined && value !== null && value !== "") made.append(name, value);
  }
  return made;
}

/** Parts of a path, each safe whatever an id looks like. */
export function at(strings, ...ids) {
  return strings.reduce((path, text, n) => path + encodeURIComponent(ids[n - 1]) + text);
}

/** The address that a program would call, without a key. */
export function address(path) {
  return new URL(path.replace(/^\//, ""), ROOT).href;
}

async function send(path, { method = "GET", query = {}, body, signal } = {}) {
  const url = new URL(address(path));
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const json = body && !(body instanceof FormData);
  const headers = { ...credentials, ...(json && { "Content-Type": "application/json" }) };
  const answer = await reached(url, { method, headers, body: json ? JSON.stringify(body) : body, signal });
  if (!answer.ok) throw await problem(answer);
  return answer;
}

async function reached(url, options) {
  try {
    return await fetch(url, { ...options, credentials: "omit", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "offline", message: String(error.message) });
  }
}

async function problem(answer) {
  const told = await answer.json().catch(() => ({}));
  const made = new Problem({ code: "internal_error", message: answer.statusText, ...told, status: answer.status });
  if (made.status === 401) refused(made);
  return made;
}
