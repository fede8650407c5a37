import type { Candidate, VerificationReport } from '@quarterdeck/contracts';
import type { ProblemLike } from '@quarterdeck/ui';
import { slugOfContext } from './slug-of-context.ts';

/** How far one context of a kubeconfig has come. */
export type ImportStep = 'idle' | 'verifying' | 'verified' | 'registering' | 'registered';

export type ImportRow = {
  candidate: Candidate;
  chosen: boolean;
  /** What a person typed, or what it was registered under; otherwise a name is proposed. */
  named?: string;
  step: ImportStep;
  report?: VerificationReport;
  problem?: ProblemLike;
};

/** A row with the short name it has or would get. */
export type NamedRow = ImportRow & { slug: string };

/** Rows for the contexts of a file; those that cannot be used are not chosen. */
export function importRows(candidates: readonly Candidate[]): ImportRow[] {
  return candidates.map((candidate) => ({
    candidate,
    chosen: candidate.refusal === undefined,
    step: 'idle' as const,
  }));
}

/**
 * The rows with a short name each.
 * @param taken those of the clusters that are known by now: what is learned later changes proposals, and nothing else
 */
export function nameRows(rows: readonly ImportRow[], taken: readonly string[]): NamedRow[] {
  const given = new Set([...taken, ...rows.flatMap(({ named }) => named ?? [])]);
  return rows.map((row) => {
    const slug = row.named ?? slugOfContext(row.candidate.context, given);
    given.add(slug);
    return { ...row, slug };
  });
}

/** Chosen, verified and without anything that blocks. */
export function isReady(row: ImportRow): boolean {
  return row.chosen && row.step === 'verified' && row.report?.acceptable === true;
}
