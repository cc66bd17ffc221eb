/** What /metrics says, and what happened between two readings of it. */

import { ask, askText } from "./api.js";
import { useEffect, useState } from "./html.js";
import { useEvery } from "./data.js";

const SECONDS = 4;
const KEPT = 150;
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Samples of the text format of Prometheus: {name, labels, value}. */
export function samples(text) {
  return text
    .split("\n")
    .map((line) => LINE.exec(line))
    .filter(Boolean)
    .map(([, name, labels = "", value]) => ({ name, labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, said]) => [key, said])), value: Number(value) }));
}

/** Readings of the last ten minutes at most, for as long as somebody looks: {at, status, requests, …}. */
export function useHistory() {
  const [history, set] = useState([]);
  const [error, fail] = useState(null);
  const look = async () => {
    try {
      const [status, text] = await Promise.all([ask("ops/status"), askText("metrics").catch(() => "")]);
      set((before) => [...before, { at: Date.now() / 1000, status, ...read(samples(text)) }].slice(-KEPT));
      fail(null);
    } catch (trouble) {
      fail(trouble);
    }
  };
  useEffect(() => void look(), []);
  useEvery(SECONDS * 1000, true, look);
  return { history, error, look };
}

/** Counters added up over processes and handlers. latency: cumulative counts by their upper bound, in seconds. */
function read(all) {
  const sum = (name, wanted = () => true) => all.filter((one) => one.name === name && wanted(one.labels)).reduce((total, one) => total + one.value, 0);
  const latency = new Map();
  for (const { name, labels, value } of all) {
    if (!name.startsWith("face_http_request_duration") || !name.endsWith("_bucket")) continue;
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    latency.set(bound, (latency.get(bound) ?? 0) + value);
  }
  const decided = (decision) => sum("face_similarity_count", (labels) => labels.decision === decision);
  return {
    requests: sum("face_http_requests_total"),
    failures: sum("face_http_requests_total", (labels) => labels.status?.startsWith("5")),
    match: decided("match"),
    review: decided("review"),
    no_match: decided("no_match"),
    pictures: sum("face_faces_per_picture_count"),
    latency: [...latency].sort(([a], [b]) => a - b),
  };
}

/** Points {at, value} of what grew between readings, for each second. A counter that fell began anew. */
export function rates(history, name) {
  return pairs(history).map(([a, b]) => ({ at: b.at, value: Math.max(0, b[name] - a[name]) / (b.at - a.at) }));
}

/** Points of the time, in milliseconds, under which a `part` of the requests between two readings were answered. */
export function quantiles(history, part) {
  return pairs(history).map(([a, b]) => ({ at: b.at, value: quantile(grown(a.latency, b.latency), part) * 1000 })).filter((point) => Number.isFinite(point.value));
}

function grown(before, after) {
  const known = new Map(before);
  return after.map(([bound, count]) => [bound, Math.max(0, count - (known.get(bound) ?? 0))]);
}

/** By going straight through the bucket that the quantile lies in, as Prometheus' histogram_quantile does. */
function quantile(buckets, part) {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (!total) return NaN;
  const wanted = total * part;
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted) return bound === Infinity ? low : low + ((bound - low) * (wanted - below)) / Math.max(1e-9, count - below);
    [low, below] = [bound, count];
  }
  return low;
}

function pairs(history) {
  return history.slice(1).map((reading, n) => [history[n], reading]);
}
