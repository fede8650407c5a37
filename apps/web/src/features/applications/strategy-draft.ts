import type { Strategy, WaveSpec } from '@quarterdeck/contracts';
import { readLabels, writeLabels } from '../../platform/labels.ts';

export const selectKinds = ['labels', 'percent', 'rest'] as const;

/** A wave as it is typed. */
export type WaveDraft = {
  name: string;
  kind: (typeof selectKinds)[number];
  /** Labels, or percent; nothing for the rest. */
  value: string;
  maxConcurrent: string;
  failureBudget: string;
  soakSeconds: string;
  approvals: string;
};

/** `policy`: as the environment's policy says. */
export type StrategyDraft = Pick<Strategy, 'name' | 'supersede'> & {
  onFailure: NonNullable<Strategy['onFailure']> | 'policy';
  unreachable: NonNullable<Strategy['unreachable']> | 'policy';
  approvals: string;
  waves: readonly WaveDraft[];
};

const restOfAll: WaveDraft = {
  name: 'rest',
  kind: 'rest',
  value: '',
  maxConcurrent: '10',
  failureBudget: '0',
  soakSeconds: '0',
  approvals: '0',
};

/** What most people want first: one part, a look at it, then everything, and back when it fails. */
export const careful: StrategyDraft = {
  name: 'careful',
  onFailure: 'rollback',
  unreachable: 'policy',
  supersede: 'replace-pending',
  approvals: '0',
  waves: [
    { ...restOfAll, name: 'first', kind: 'percent', value: '20', maxConcurrent: '1', soakSeconds: '300' },
    restOfAll,
  ],
};

export function newWave(number: number): WaveDraft {
  return { ...restOfAll, name: `wave ${number}`, kind: 'percent', value: '50' };
}

export function toDraft(strategy: Strategy): StrategyDraft {
  const { name, onFailure, unreachable, supersede, approval } = strategy;
  return {
    name,
    onFailure: onFailure ?? 'policy',
    unreachable: unreachable ?? 'policy',
    supersede,
    approvals: String(approval?.count ?? 0),
    waves: strategy.waves.map((wave) => ({ ...typedSelect(wave), ...typedBounds(wave) })),
  };
}

function typedSelect({ select }: WaveSpec): Pick<WaveDraft, 'kind' | 'value'> {
  if ('labels' in select) return { kind: 'labels', value: writeLabels(select.labels) };
  return 'percent' in select ? { kind: 'percent', value: String(select.percent) } : { kind: 'rest', value: '' };
}

function typedBounds(wave: WaveSpec): Omit<WaveDraft, 'kind' | 'value'> {
  return {
    name: wave.name,
    maxConcurrent: String(wave.maxConcurrent),
    failureBudget: String(wave.failureBudget),
    soakSeconds: String(wave.soakSeconds),
    approvals: String(wave.approval?.count ?? 0),
  };
}

/** As the API takes it; what is no number is sent as it is, so that the answer names the field. */
export function fromDraft(draft: StrategyDraft): Strategy {
  const { approvals, waves, onFailure, unreachable, ...rest } = draft;
  return {
    ...rest,
    ...(onFailure === 'policy' ? {} : { onFailure }),
    ...(unreachable === 'policy' ? {} : { unreachable }),
    ...approvalOf(approvals),
    waves: waves.map(waveOf),
  };
}

function waveOf(wave: WaveDraft): WaveSpec {
  const budget = wave.failureBudget.trim();
  return {
    name: wave.name,
    select: selectOf(wave),
    maxConcurrent: numberOf(wave.maxConcurrent),
    failureBudget: budget.endsWith('%') ? budget : numberOf(budget),
    soakSeconds: numberOf(wave.soakSeconds),
    ...approvalOf(wave.approvals),
  };
}

function selectOf({ kind, value }: WaveDraft): WaveSpec['select'] {
  if (kind === 'labels') return { labels: readLabels(value) ?? {} };
  return kind === 'percent' ? { percent: numberOf(value) } : { rest: true };
}

function approvalOf(text: string): { approval?: { count: number } } {
  const count = numberOf(text);
  return count === 0 ? {} : { approval: { count } };
}

function numberOf(text: string): number {
  return text.trim() === '' ? 0 : Number(text);
}
