import {
  type CiOutcome,
  type CiProgress,
  ciExitCodes,
  type ReleaseDetail,
  type ReleaseWait,
} from '@quarterdeck/contracts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import type { PermissionTarget, Principal } from '../../platform/principal.ts';
import type { DeclaredDependencies } from '../applications/index.ts';
import type { Releases } from '../releases/index.ts';

/** Without a notification, which can be lost. */
const lookMs = 5000;
/** Who would be one more is answered at once, and asks again. */
const mostWaiting = 500;

export type CiWatch = ReturnType<typeof createCiProgress>;

/** How releases stand, for jobs that made them and wait. */
export function createCiProgress(deps: {
  releases: Pick<Releases, 'record' | 'get'>;
  dependencies: Pick<DeclaredDependencies, 'unwell'>;
  rowWakes: RowWakes;
  /** The public address of this installation. */
  origin: string;
}) {
  const { releases, dependencies, rowWakes, origin } = deps;
  const closing = new AbortController();
  const wakesOf = rowWakes.of<{ id: string }>('releases.release', ({ id }) => id);
  let waiting = 0;

  async function settled(id: string, until: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && performance.now() < until) {
      // Listening begins before the look, so that no change falls between the two.
      const change = nextChange(id, Math.min(lookMs, until - performance.now()), signal);
      try {
        if (outcomeOf(await releases.record(id)) !== 'running') return;
        await change.happened;
      } finally {
        change.forget();
      }
    }
  }

  function nextChange(id: string, withinMs: number, signal: AbortSignal) {
    const { promise: happened, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    const timer = setTimeout(done, Math.max(0, withinMs));
    const stop = wakesOf(done, { id });
    signal.addEventListener('abort', done, { once: true });
    return {
      happened,
      forget() {
        clearTimeout(timer);
        stop();
        signal.removeEventListener('abort', done);
      },
    };
  }

  return {
    /** What asking for a release is checked against. @throws AppError `not_found` */
    async placeOf(id: string): Promise<PermissionTarget> {
      const { projectId, environmentId } = await releases.record(id);
      return { projectId, environmentId };
    },

    /**
     * Answers once nothing of the release goes on by itself any more, and after `waitSeconds` at the latest.
     * @param signal whoever asked has gone
     */
    async wait(principal: Principal, id: string, waitSeconds: number, signal: AbortSignal): Promise<CiProgress> {
      if (waitSeconds > 0 && waiting < mostWaiting) {
        waiting += 1;
        try {
          const until = performance.now() + waitSeconds * 1000;
          await settled(id, until, AbortSignal.any([signal, closing.signal]));
        } finally {
          waiting -= 1;
        }
      }
      const detail = await releases.get(id);
      const outcome = asksAlone(detail) ? 'waits_for_a_person' : outcomeOf(detail);
      const unwellNeeds =
        outcome === 'failed' || detail.failedCount > 0
          ? await dependencies.unwell(principal, detail.applicationId, detail.environmentId)
          : [];
      const { project, application, environment, number } = detail;
      return {
        releaseId: detail.id,
        number,
        application: `${project}/${application}`,
        environment,
        state: detail.state,
        outcome,
        ...(outcome === 'running' ? {} : { exitCode: ciExitCodes[outcome] }),
        targetCount: detail.targetCount,
        healthyCount: detail.healthyCount,
        failedCount: detail.failedCount,
        causes: causesOf(detail),
        waits: [...new Set(detail.waits.map(waitText))],
        unwellNeeds,
        url: `${origin}/applications/${project}/${application}/${environment}/releases/${number}`,
      };
    },

    /** Ends what waits, so that a server that stops need not wait for it. */
    close: () => closing.abort(),
  };
}

const outcomes: Readonly<Record<ReleaseDetail['state'], CiOutcome>> = {
  planning: 'running',
  queued: 'running',
  rolling: 'running',
  awaiting_approval: 'waits_for_a_person',
  paused: 'waits_for_a_person',
  succeeded: 'healthy',
  partial: 'failed',
  failed: 'failed',
  refused: 'failed',
  aborted: 'ended',
  superseded: 'ended',
};

/** A release that stands still since targets failed has failed for whoever waits, although somebody may let it go on. */
export function outcomeOf(release: { state: ReleaseDetail['state']; pausedReason?: string | undefined }): CiOutcome {
  return release.state === 'paused' && (release.pausedReason === 'budget' || release.pausedReason === 'environment')
    ? 'failed'
    : outcomes[release.state];
}

/** All that is left of it waits for somebody's decision about what others own. */
function asksAlone({ state, waits, targets }: ReleaseDetail): boolean {
  return (
    state === 'rolling' &&
    waits.some((wait) => wait.for === 'decision') &&
    !targets.some((target) => ['pending', 'applying', 'gating', 'pruning'].includes(target.state))
  );
}

/** Equal reasons once, with their clusters; what most of them say first. */
function causesOf({ targets }: ReleaseDetail): CiProgress['causes'] {
  const told = targets.filter(({ state, verdict }) => verdict !== undefined && state !== 'healthy');
  return [...Map.groupBy(told, ({ verdict }) => `${verdict?.code} ${verdict?.summary}`).values()]
    .toSorted((a, b) => b.length - a.length)
    .flatMap(([first, ...others]) =>
      first?.verdict === undefined
        ? []
        : {
            code: first.verdict.code,
            summary: first.verdict.summary,
            clusters: [first, ...others].map(({ cluster }) => cluster).toSorted(),
            ...(first.verdict.nextStep === undefined ? {} : { nextStep: first.verdict.nextStep }),
          },
    );
}

function waitText(wait: ReleaseWait): string {
  switch (wait.for) {
    case 'registry':
      return 'waits for a registry to say which digest a tag has';
    case 'approval':
      return `needs approval: ${wait.given ?? 0} of ${wait.needed ?? 1} given`;
    case 'freeze':
      return `held by the freeze ${wait.name ?? ''} until ${wait.until ?? ''}`.trim();
    case 'lane':
      return `waits for #${wait.number} to end`;
    case 'preflight':
      return 'clusters are being asked whether they can take it';
    case 'decision':
      return `somebody must decide about fields of others in ${wait.name}`;
    case 'soak':
      return `wave ${(wait.wave ?? 0) + 1} is being watched until ${wait.until}`;
    case 'cluster':
      return `waits for cluster ${wait.name} to answer`;
    case 'person':
      return 'stands still until somebody resumes it';
  }
}
