import type { ReleaseDetail } from '@quarterdeck/contracts';
import { t } from './releases.messages.ts';

type Target = ReleaseDetail['targets'][number];

/** Why targets failed: what they have in common is said once, with their clusters. */
export function WhatFailed({ targets }: { targets: readonly Target[] }) {
  const failed = targets.filter(({ state }) => state === 'failed');
  return [...Map.groupBy(failed, ({ verdict }) => verdict?.summary ?? t.whyUnknown)].map(([summary, those]) => (
    <p key={summary}>
      {t.failedIn(
        those.map(({ cluster }) => cluster),
        summary,
      )}
    </p>
  ));
}
