/** What is under way in a client, so that one that was replaced closes when the last of it has ended. */
export interface Occupancy {
  /** Something begins; gives how to say that it is over (any number of calls; the first counts). */
  begin(): () => void;
  /** Runs once nothing is under way: at once, or when the last ends. */
  whenEmpty(act: () => void): void;
}

export function createOccupancy(): Occupancy {
  let underWay = 0;
  const waiting = new Set<() => void>();

  function settle(): void {
    if (underWay > 0) return;
    for (const act of waiting) act();
    waiting.clear();
  }

  return {
    begin() {
      let isOver = false;
      underWay += 1;
      return () => {
        if (isOver) return;
        isOver = true;
        underWay -= 1;
        settle();
      };
    },
    whenEmpty(act) {
      waiting.add(act);
      settle();
    },
  };
}
