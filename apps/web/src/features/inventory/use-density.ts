import type { Density } from '@quarterdeck/ui';
import { useState } from 'react';

const key = 'quarterdeck.density';

/** How close the rows of lists stand, in this browser. */
export function useDensity(): readonly [Density, (density: Density) => void] {
  const [density, setDensity] = useState<Density>(() => {
    const stored = localStorage.getItem(key);
    return stored === 'comfortable' || stored === 'compact' ? stored : 'normal';
  });
  return [
    density,
    (next) => {
      localStorage.setItem(key, next);
      setDensity(next);
    },
  ];
}
