import { useEffect, useRef, useState } from 'react';

const restMs = 300;

/**
 * What is typed into a filter: at once for what follows each key, and told on once typing rests, for the URL. A value
 * that changes elsewhere (Back, a link) is taken over; one's own, coming back while one types on, takes no letter away.
 */
export function useTyped(value: string, onRest: (typed: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const latest = useRef(onRest);
  useEffect(() => {
    latest.current = onRest;
  }, [onRest]);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      latest.current(typed);
    }, restMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}
