/** Somebody waits until the person has proved again who they are. */
type Waiting = { settle: (proved: boolean) => void };

let waiting: Waiting | undefined;
const listeners = new Set<() => void>();

function change(next: Waiting | undefined): void {
  waiting = next;
  for (const tell of listeners) tell();
}

/** What an action asks for that needs a fresh proof: the frame shows the dialog, the action goes on after it. */
export const stepUp = {
  /** Resolves with `false` when the person gives up. A second asker waits for the same proof. */
  ask(): Promise<boolean> {
    const before = waiting;
    return new Promise((resolve) => {
      change({
        settle(proved) {
          before?.settle(proved);
          resolve(proved);
        },
      });
    });
  },
  isAsked: () => waiting !== undefined,
  settle(proved: boolean): void {
    const asked = waiting;
    change(undefined);
    asked?.settle(proved);
  },
  subscribe(tell: () => void): () => void {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
};
