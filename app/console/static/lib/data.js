/** What the API says, as components need it: asked once, asked again and again, or page by page. */

import { ask } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";

/** {data, error, loading, reload} of an asynchronous `fetcher(signal)`, asked anew when one of `inputs` changes. */
export function useAnswer(fetcher, inputs) {
  const [state, set] = useState({ loading: true });
  const [turn, again] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    set((before) => ({ ...before, loading: true }));
    fetcher(stop.signal).then(
      (data) => stop.signal.aborted || set({ data, loading: false }),
      (error) => stop.signal.aborted || set((before) => ({ data: before.data, error, loading: false })),
    );
    return () => stop.abort();
  }, [...inputs, turn]);
  return { ...state, reload: useCallback(() => again((n) => n + 1), []) };
}

export function useAsked(path, query) {
  return useAnswer((signal) => ask(path, { query, signal }), [path, JSON.stringify(query)]);
}

/** Call `step` every so many milliseconds while `on`, the next time only when it has ended. */
export function useEvery(milliseconds, on, step) {
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    if (!on) return undefined;
    let timer;
    let ended = false;
    const turn = async () => {
      if (!document.hidden) await latest.current();
      if (!ended) timer = setTimeout(turn, milliseconds);
    };
    timer = setTimeout(turn, milliseconds);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [milliseconds, on]);
}

/** A list that goes on for pages: {items, head, error, loading, done, more, reload, change}. name: its key. */
export function useList(path, name, query = {}) {
  const key = JSON.stringify([path, query]);
  const [state, set] = useState({ items: [], cursor: "", loading: true, done: false, key });
  const [turn, again] = useState(0);
  const busy = useRef(null);

  const fetchPage = useCallback(
    async (items, cursor) => {
      busy.current?.abort();
      const stop = (busy.current = new AbortController());
      set((before) => ({ ...before, loading: true, error: undefined }));
      try {
        const head = await ask(path, { query: { ...query, cursor }, signal: stop.signal });
        const next = head.next_cursor;
        set({ items: [...items, ...head[name]], head, cursor: next, done: !next, loading: false, key });
      } catch (error) {
        // A collection comes into being with its first face: until then it is as good as empty.
        const done = error.code === "collection_not_found";
        if (error.name !== "AbortError") set((before) => ({ ...before, error: done ? undefined : error, done, loading: false }));
      }
    },
    [key],
  );
  useEffect(() => {
    set((before) => (before.key === key ? before : { items: [], cursor: "", loading: true, done: false, key }));
    fetchPage([], "");
    return () => busy.current?.abort();
  }, [key, turn]);

  const more = () => state.loading || state.done || state.error || fetchPage(state.items, state.cursor);
  const change = (edit) => set((before) => ({ ...before, items: edit(before.items) }));
  return { ...state, more, change, reload: useCallback(() => again((n) => n + 1), []) };
}

/** {run, busy, error, clear} of something that is done when a person says so. */
export function useAction(act) {
  const [state, set] = useState({ busy: false });
  const run = async (...given) => {
    set({ busy: true });
    try {
      const done = await act(...given);
      set({ busy: false });
      return done;
    } catch (error) {
      set({ busy: false, error });
      return undefined;
    }
  };
  return { ...state, run, clear: () => set({ busy: false }) };
}
