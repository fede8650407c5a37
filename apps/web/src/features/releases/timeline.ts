import type { ReleaseDetail } from '@quarterdeck/contracts';
import type { Span, StateMark, StateSpan } from '@quarterdeck/ui';
import { releaseStatus, runStatus } from '../../platform/release-status.ts';
import { isDue } from './is-due.ts';
import { t } from './releases.messages.ts';
import { waveStatus } from './wave-status.ts';

/** `stays`: it is how things ended, and has no length of its own. */
export type LaneState = StateSpan & { stays?: boolean };

export type Lane = {
  key: string;
  label: string;
  kind: 'release' | 'wave' | 'target';
  states: LaneState[];
  marks: StateMark[];
};

type Wave = ReleaseDetail['waves'][number];
type Target = ReleaseDetail['targets'][number];

const waits = { status: 'waiting' as const, word: t.lane.waits };

/** More targets than this, and their waves stand for them. */
const mostTargets = 24;
/** How it ended stands behind the last event for this share of the axis, or nobody would see it. */
const tail = 0.03;

/**
 * What a release did when, on one line of time: as a whole, wave by wave, target by target.
 * @param now what is under way goes on to, in ms
 */
export function timelineOf(release: ReleaseDetail, now: number): { span: Span; lanes: Lane[] } {
  const from = Date.parse(release.createdAt);
  const ends = [release.endedAt, ...release.targets.map(({ endedAt }) => endedAt)].map(ms);
  const last = release.endedAt === undefined ? now : Math.max(...ends.filter((end) => end !== undefined));
  const length = Math.max(last - from, 1000);
  const span = { from, to: from + (release.endedAt === undefined ? length : Math.round(length * (1 + tail))) };
  const hasWaves = release.waves.length > 1;
  const targets = (those: readonly Target[]) =>
    release.targets.length > mostTargets ? [] : those.map((target) => targetLane(release, target, span));
  return {
    span,
    lanes: [
      releaseLane(release, span),
      ...(hasWaves
        ? release.waves.flatMap((wave) => [
            waveLane(release, wave, span),
            ...targets(release.targets.filter((target) => target.wave === wave.index)),
          ])
        : targets(release.targets)),
    ],
  };
}

function releaseLane(release: ReleaseDetail, span: Span): Lane {
  const started = ms(release.startedAt);
  const ended = ms(release.endedAt);
  const { status, word } = releaseStatus(release);
  const isUnderWay = ended === undefined;
  return {
    key: 'release',
    label: t.release,
    kind: 'release',
    states: spans(span, [
      { from: span.from, to: started ?? ended ?? span.to, status: 'waiting', word: t.lane.waits },
      {
        from: started,
        to: ended ?? span.to,
        status: isUnderWay ? status : 'updating',
        word: isUnderWay ? word : t.lane.onItsWay,
      },
      { from: ended, to: span.to, status, word, stays: true },
    ]),
    marks: [
      ...[...release.approvals, ...release.waves.flatMap(({ approvals }) => approvals)].map((vote) => ({
        at: Date.parse(vote.at),
        word: t.approvedBy(vote),
      })),
      ...(release.freezeOverride === undefined
        ? []
        : [{ at: Date.parse(release.freezeOverride.at), word: t.overrideFreeze }]),
    ],
  };
}

function waveLane(release: ReleaseDetail, wave: Wave, span: Span): Lane {
  const mine = release.targets.filter((target) => target.wave === wave.index);
  const started = ms(wave.startedAt);
  const ends = mine.flatMap(({ endedAt }) => ms(endedAt) ?? []);
  const settled = ends.length === mine.length && ends.length > 0 ? Math.max(...ends) : undefined;
  const next = ms(release.waves.find(({ index }) => index === wave.index + 1)?.startedAt) ?? ms(release.endedAt);
  const soaked = settled === undefined || wave.soakSeconds === 0 ? undefined : settled + wave.soakSeconds * 1000;
  const { status, word } = waveStatus(release, wave);
  const isBroken = status === 'failed';
  const ended = ms(release.endedAt);
  // Where it stopped: over budget, at the end of its soak, or with its release.
  const over = isBroken
    ? settled
    : wave.state === 'done'
      ? Math.max(settled ?? started ?? 0, Math.min(soaked ?? 0, next ?? span.to))
      : ended === undefined
        ? undefined
        : Math.max(ended, settled ?? 0);
  return {
    key: `wave ${wave.index}`,
    label: t.wave(wave.index + 1, wave.name),
    kind: 'wave',
    states:
      started === undefined
        ? []
        : spans(span, [
            { from: started, to: settled ?? ended ?? span.to, status: 'updating', word: t.waveStates.running },
            {
              from: isBroken || soaked === undefined ? undefined : settled,
              to: Math.min(soaked ?? 0, next ?? span.to),
              status: 'waiting',
              word: t.waveStates.soaking,
            },
            { from: over, to: span.to, status, word, stays: true },
          ]),
    marks: [],
  };
}

function targetLane(release: ReleaseDetail, target: Target, span: Span): Lane {
  const isWaiting = isDue(target);
  const started = isWaiting ? undefined : ms(target.startedAt);
  const applied = ms(target.appliedAt);
  const ended = ms(target.endedAt);
  const { status, word } = runStatus(target.state, release);
  const why = target.verdict?.summary;
  const isWritten = applied !== undefined && started !== undefined && applied >= started;
  const owed = ms(target.debt?.since);
  // While its wave is open and it has not begun, it waits for its turn, for its cluster or for somebody.
  const wave = release.waves.find(({ index }) => index === target.wave);
  const opened = ms(wave === undefined ? release.startedAt : wave.startedAt);
  return {
    key: target.id,
    label: target.cluster,
    kind: 'target',
    states:
      started === undefined
        ? spans(span, [
            {
              from: opened,
              to: isWaiting ? span.to : (owed ?? ended ?? opened ?? 0),
              ...(isWaiting ? { status, word } : waits),
            },
            { from: isWaiting ? undefined : (owed ?? ended), to: span.to, status, word, stays: true },
          ])
        : spans(span, [
            {
              from: opened,
              to: started,
              ...waits,
              word: target.attempt > 1 ? t.lane.before(target.attempt) : waits.word,
            },
            { from: started, to: isWritten ? applied : (ended ?? span.to), status: 'updating', word: t.lane.writes },
            { from: isWritten ? applied : undefined, to: ended ?? span.to, status: 'waiting', word: t.lane.watched },
            { from: ended, to: span.to, status, word, why, stays: true },
          ]),
    marks: [],
  };
}

type Piece = Omit<LaneState, 'from'> & { from: number | undefined };

/** Those that have begun and lasted, within the axis. */
function spans(span: Span, pieces: readonly Piece[]): LaneState[] {
  return pieces.flatMap((piece) => {
    const { from, to } = piece;
    return from === undefined || to <= from || from > span.to ? [] : [{ ...piece, from, to: Math.min(to, span.to) }];
  });
}

function ms(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at);
}
