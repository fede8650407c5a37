import type { Delivery, OutboundEffect, PipelineConnection, ReleaseCandidate } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';
import { t } from './pipelines.messages.ts';

/** `status` is left out where there is nothing to be well or ill. */
type Shown = { status: Status | undefined; word: string; why: string | undefined };

const candidates: Readonly<Record<ReleaseCandidate['state'], Status>> = {
  waiting: 'waiting',
  settling: 'updating',
  queued: 'updating',
  released: 'healthy',
  refused: 'failed',
  superseded: 'unknown',
  expired: 'degraded',
};
/** The one that says most about the delivery stands for all: worst first, then what is under way. */
const order: readonly ReleaseCandidate['state'][] = [
  'refused',
  'expired',
  'queued',
  'settling',
  'waiting',
  'released',
  'superseded',
];

export function candidateStatus(candidate: ReleaseCandidate): Shown {
  return { status: candidates[candidate.state], word: t.candidateStates[candidate.state], why: candidate.detail };
}

/** What became of a delivery: of what it was joined into, where it was. */
export function deliveryStatus(delivery: Delivery): Shown {
  if (delivery.state === 'matched') {
    const main = leading(delivery.candidates);
    return main === undefined
      ? { status: 'waiting', word: t.states.matched, why: delivery.detail }
      : { ...candidateStatus(main), why: main.detail ?? (main.state === 'released' ? undefined : delivery.detail) };
  }
  const status = ({ received: 'updating', ignored: undefined, failed: 'failed' } as const)[delivery.state];
  return { status, word: t.states[delivery.state], why: delivery.detail };
}

export function leading(all: readonly ReleaseCandidate[]): ReleaseCandidate | undefined {
  return all.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0];
}

export function connectionStatus(connection: PipelineConnection): Shown {
  if (!connection.enabled) return { status: 'waiting', word: t.off, why: undefined };
  if (connection.lastError !== undefined) return { status: 'failed', word: t.testFailed, why: connection.lastError };
  if (connection.lastOkAt !== undefined) return { status: 'healthy', word: t.works, why: undefined };
  return { status: 'unknown', word: t.notTried, why: undefined };
}

export function effectStatus(effect: OutboundEffect): Shown {
  const failing = effect.state === 'pending' && effect.lastError !== undefined;
  const status = ({ pending: failing ? 'degraded' : 'waiting', delivered: 'healthy', given_up: 'failed' } as const)[
    effect.state
  ];
  return { status, word: t.effectStates[effect.state], why: effect.lastError };
}
