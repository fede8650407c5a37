import { type RefObject, useLayoutEffect, useState } from 'react';

export type RowWindow = { first: number; last: number; before: number; after: number };

const overscan = 12;

/** Which rows of a long list are worth drawing, and the height left out above and below, in pixels. */
export function windowOf(given: { count: number; rowHeight: number; scrolled: number; height: number }): RowWindow {
  const { count, rowHeight, scrolled, height } = given;
  const first = Math.max(0, Math.min(count, Math.floor(scrolled / rowHeight)) - overscan);
  const last = Math.min(count, Math.ceil((scrolled + height) / rowHeight) + overscan);
  return { first, last, before: first * rowHeight, after: (count - last) * rowHeight };
}

/** Follows the scrolling of a box; draws all rows while there are few. */
export function useRowWindow(
  box: RefObject<HTMLElement | null>,
  { count, rowHeight, from }: { count: number; rowHeight: number; from: number },
): RowWindow {
  const [seen, setSeen] = useState({ scrolled: 0, height: 900 });
  const active = count > from;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !active) return;
    const read = () => setSeen({ scrolled: element.scrollTop, height: element.clientHeight });
    read();
    element.addEventListener('scroll', read, { passive: true });
    const resized = new ResizeObserver(read);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', read);
      resized.disconnect();
    };
  }, [box, active]);
  return active ? windowOf({ count, rowHeight, ...seen }) : { first: 0, last: count, before: 0, after: 0 };
}
