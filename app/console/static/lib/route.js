/** Where in the page somebody is: the part of the address after #, which no server is told. */

import { useEffect, useState } from "./html.js";

/** The parts of the place, decoded, and its query. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decoded), query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a place, for links. */
export function to(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function go(...parts) {
  location.hash = to(...parts);
}

/** The same place with another query, without a step for the back button. */
export function narrow(changes) {
  const { parts, query } = place();
  const kept = Object.entries({ ...query, ...changes }).filter(([, value]) => value !== "" && value !== undefined);
  const told = new URLSearchParams(kept).toString();
  history.replaceState(null, "", `${to(...parts)}${told ? `?${told}` : ""}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function usePlace() {
  const [found, set] = useState(place);
  useEffect(() => {
    const moved = () => set(place());
    addEventListener("hashchange", moved);
    moved(); // whoever went on between the first look and now
    return () => removeEventListener("hashchange", moved);
  }, []);
  return found;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
