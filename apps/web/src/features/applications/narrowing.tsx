import type { Application } from '@quarterdeck/contracts';
import { ActionButton } from '@quarterdeck/ui';
import { useState } from 'react';
import { useFleet } from '../../platform/fleet.tsx';
import { writeLabels } from '../../platform/labels.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './narrow.messages.ts';
import { NarrowDialog } from './narrow-dialog.tsx';

/** Which clusters of an environment an application goes to: all, or fewer. */
export function Narrowing(props: { application: Application; environment: Application['environments'][number] }) {
  const { application, environment } = props;
  const [changing, setChanging] = useState(false);
  const fleet = useFleet() ?? [];
  const refusal = useRefusal('environments:manage');
  const { selector } = environment;
  const nameOf = (id: string) => fleet.find((cluster) => cluster.id === id)?.slug ?? t.goneCluster;
  const isEmpty = selector !== undefined && environment.targets.every(({ state }) => state === 'leaving');
  return (
    <div>
      <div className="spread">
        <span className="muted breakable">
          {selector === undefined
            ? t.all
            : selector.labels === undefined
              ? t.onlyClusters((selector.clusters ?? []).map(nameOf).toSorted())
              : t.onlyLabels(writeLabels(selector.labels))}
        </span>
        <ActionButton small reason={refusal} onClick={() => setChanging(true)}>
          {selector === undefined ? t.narrow : t.change}
          <span className="visually-hidden"> {t.theClustersOf(environment.name)}</span>
        </ActionButton>
      </div>
      {isEmpty ? <p className="reason">{t.nothingLeft}</p> : null}
      {changing ? (
        <NarrowDialog application={application} environment={environment} onClose={() => setChanging(false)} />
      ) : null}
    </div>
  );
}
