import { auditOutcomes } from '@quarterdeck/contracts/audit';
import { permissions } from '@quarterdeck/contracts/permissions';
import { TextFilter } from '@quarterdeck/ui';
import { useCallback } from 'react';
import { useFleet } from '../../platform/fleet.tsx';
import { t } from './audit.messages.ts';
import type { AuditSearch } from './audit.queries.ts';

const chips = ['actor', 'target', 'project', 'code', 'request', 'from', 'to'] as const;

/** Words, action, outcome, cluster and time; what came by a link stands as a chip that can be taken away. */
export function AuditFilters({
  search,
  onRefine,
}: {
  search: AuditSearch;
  onRefine: (change: Partial<AuditSearch>) => void;
}) {
  const fleet = useFleet();
  const setQ = useCallback((q: string) => onRefine({ q }), [onRefine]);
  return (
    <div className="filters">
      <TextFilter label={t.search} value={search.q ?? ''} onChange={setQ} focus />
      <select
        aria-label={t.action}
        value={search.action ?? ''}
        onChange={(event) => onRefine({ action: event.target.value })}
      >
        <option value="">{t.anyAction}</option>
        {permissions.map((permission) => (
          <option key={permission}>{permission}</option>
        ))}
      </select>
      <select
        aria-label={t.outcome}
        value={search.outcome ?? ''}
        onChange={(event) => onRefine({ outcome: event.target.value })}
      >
        <option value="">{t.anyOutcome}</option>
        {auditOutcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t.outcomes[outcome]}
          </option>
        ))}
      </select>
      <select
        aria-label={t.cluster}
        value={search.cluster ?? ''}
        onChange={(event) => onRefine({ cluster: event.target.value })}
      >
        <option value="">{t.anyCluster}</option>
        {(fleet ?? []).map(({ slug }) => (
          <option key={slug}>{slug}</option>
        ))}
      </select>
      <select
        aria-label={t.range}
        value={search.range ?? ''}
        onChange={(event) => onRefine({ range: event.target.value, from: undefined, to: undefined })}
      >
        {Object.entries(t.ranges).map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
      {chips
        .filter((key) => (search[key] ?? '') !== '')
        .map((key) => (
          <button
            key={key}
            type="button"
            className="button small"
            aria-label={t.remove(t.filters[key])}
            onClick={() => onRefine({ [key]: undefined })}
          >
            {t.filters[key]}: {search[key]} <span aria-hidden="true">✕</span>
          </button>
        ))}
    </div>
  );
}
