import type { ClusterHistory, ClusterState } from '@quarterdeck/contracts';

/** A state from when to when, in ms; `isOpen` while it lasts. */
export type StateAt = { state: ClusterState; reason: string | undefined; from: number; to: number; isOpen: boolean };

/** Changes of state as the spans between them, cut to what is looked at. */
export function spansOf(states: ClusterHistory['states'], span: { from: number; to: number }): StateAt[] {
  return states.flatMap(({ state, reason, at }, index) => {
    const next = states[index + 1];
    const from = Math.max(span.from, Date.parse(at));
    const to = next === undefined ? Math.max(span.to, from) : Date.parse(next.at);
    return to <= from ? [] : [{ state, reason, from, to, isOpen: next === undefined }];
  });
}
