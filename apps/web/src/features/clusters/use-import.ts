import type { Candidate, OnboardingProfile } from '@quarterdeck/contracts';
import { registerCluster, verifyCluster } from '@quarterdeck/contracts/clusters';
import { useReducer, useRef } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { type ImportRow, importRows, isReady, type NamedRow, nameRows } from './import-rows.ts';

/** So many contexts are asked at once: each may wait for a cluster that does not answer. */
const atOnce = 4;

/**
 * Registers many contexts of one kubeconfig, each by itself: one that fails takes no other with it, and what was done
 * stays done when the page is left in the middle.
 */
export function useImport(props: {
  kubeconfig: string;
  candidates: readonly Candidate[];
  takenSlugs: readonly string[];
  labels: Record<string, string>;
  renewing: boolean;
  profile: OnboardingProfile;
}) {
  const [kept, change] = useReducer(
    (before: readonly ImportRow[], [context, part]: readonly [string, Partial<ImportRow>]) =>
      before.map((row) => (row.candidate.context === context ? { ...row, ...part } : row)),
    undefined,
    () => importRows(props.candidates),
  );
  const rows = nameRows(kept, props.takenSlugs);
  const latest = useRef(rows);
  latest.current = rows;
  const accessOf = ({ candidate: { context } }: ImportRow) => ({
    kind: 'kubeconfig' as const,
    kubeconfig: props.kubeconfig,
    context,
  });

  async function verify(row: ImportRow): Promise<void> {
    const { context } = row.candidate;
    change([context, { step: 'verifying' }]);
    try {
      const report = await api.call(verifyCluster, {
        body: { access: accessOf(row), profile: props.profile },
      });
      change([context, { step: 'verified', report }]);
    } catch (error) {
      change([context, { step: 'idle', problem: problemOf(error) }]);
    }
  }

  async function register(row: NamedRow): Promise<void> {
    const { context } = row.candidate;
    const { slug, named } = latest.current.find((each) => each.candidate.context === context) ?? row;
    // Meanwhile the fleet may show the cluster under it, as a name that is taken.
    change([context, { step: 'registering', named: slug }]);
    try {
      const { labels, renewing, profile } = props;
      const bootstrap = row.report?.bootstrap.mode === 'apply';
      await api.call(registerCluster, { body: { slug, labels, access: accessOf(row), profile, bootstrap, renewing } });
      change([context, { step: 'registered' }]);
    } catch (error) {
      change([context, { step: 'verified', problem: problemOf(error), named }]);
    }
  }

  async function inTurn(work: readonly NamedRow[], task: (row: NamedRow) => Promise<void>): Promise<void> {
    for (const row of work) change([row.candidate.context, { problem: undefined as never }]);
    const queue = [...work];
    const lane = async () => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) await task(row);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  return {
    rows,
    choose: (context: string, chosen: boolean) => change([context, { chosen }]),
    rename: (context: string, named: string) => change([context, { named }]),
    isBusy: rows.some(({ step }) => step === 'verifying' || step === 'registering'),
    /** Verifies what is chosen and not registered yet. */
    verifyChosen: () =>
      inTurn(
        rows.filter((row) => row.chosen && row.step !== 'registered'),
        verify,
      ),
    registerReady: () => inTurn(rows.filter(isReady), register),
  };
}
