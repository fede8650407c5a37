import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

const drawEveryMs = 150;

/** Answers by key as they come in, drawn a few times a second: each of 2,000 would draw the whole list anew. */
export function useGathered<V>(): {
  shown: ReadonlyMap<string, V>;
  put: (key: string, value: V) => void;
  /** Begins anew with these. */
  reset: (entries: Iterable<readonly [string, V]>) => void;
} {
  const [shown, setShown] = useState<ReadonlyMap<string, V>>(new Map());
  const all = useRef(new Map<string, V>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const put = useCallback((key: string, value: V) => {
    all.current.set(key, value);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setShown(new Map(all.current));
    }, drawEveryMs);
  }, []);
  const reset = useCallback((entries: Iterable<readonly [string, V]>) => {
    all.current = new Map(entries);
    setShown(new Map(all.current));
  }, []);
  return useMemo(() => ({ shown, put, reset }), [shown, put, reset]);
}
