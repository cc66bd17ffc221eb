/** Words in the reader's language, and figures as they are written there. */

const KEPT_AS = "language";
const LANGUAGES = { en: "English", "pt-BR": "Português", es: "Español" };

let words = {};
let language = "en";

export const languages = Object.entries(LANGUAGES);

/** The language that was chosen, or the first that the browser asks for and we have. */
export function preferred() {
  const wanted = [remembered(KEPT_AS), ...navigator.languages].filter(Boolean);
  return wanted.map(known).find(Boolean) ?? "en";
}

/** Speak it from here on. */
export async function speak(code, remember = false) {
  const module = await import(`../i18n/${code}.js`);
  words = module.default;
  language = code;
  document.documentElement.lang = code;
  document.title = t("title");
  if (remember) keep(KEPT_AS, code);
}

export function spoken() {
  return language;
}

/**
 * The text of a key, with `{name}` filled in. A text of two forms is written «one photo | {n} photos»:
 * the first is for an `n` of 1, in all languages that are here.
 * A key that is missing shows as it is, so that it is seen; a test sees to it that none is.
 */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  const [one, many = one] = text.split(" | ");
  return (values.n === 1 ? one : many).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shown(values[name]) : whole));
}

/** The text of a key if there is one, else `otherwise`. */
export function textOr(key, otherwise, values) {
  return key in words ? t(key, values) : otherwise;
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function percent(value, digits = 0) {
  const style = { style: "percent", maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, style).format(value);
}

export function moment(iso) {
  return iso ? new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso)) : "–";
}

/** A length of time in words: «3 min 20 s». */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [["h", Math.floor(whole / 3600)], ["min", Math.floor(whole / 60) % 60], ["s", whole % 60]];
  const told = parts.filter(([, value]) => value > 0).slice(0, 2);
  return told.length ? told.map(([unit, value]) => `${number(value)} ${unit}`).join(" ") : "0 s";
}

/** What this browser keeps between visits: how the page looks and speaks, never who uses it. */
export function remembered(name) {
  try {
    return localStorage.getItem(`face-console.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`face-console.${name}`, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

function known(tag) {
  const wanted = tag.toLowerCase();
  return Object.keys(LANGUAGES).find((code) => code.slice(0, 2).toLowerCase() === wanted.slice(0, 2));
}

function shown(value) {
  return typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 2) : String(value);
}
