import { useEffect, useState } from 'react';

const settleMs = 400;

/** A value once it has not changed for a moment: what is asked of the server while somebody types. */
export function useRested<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), settleMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
