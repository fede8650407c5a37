import type { DrainPod } from '@quarterdeck/contracts';
import type { Column } from '@quarterdeck/ui';
import { t } from './scheduling.messages.ts';

/** Which pod a line is about, and what owns it: in two lines, so that what happens to it stays in sight. */
export function podColumn<P extends Pick<DrainPod, 'namespace' | 'name' | 'owner'>>(): Column<P> {
  return {
    key: 'pod',
    title: t.pod,
    wrap: true,
    cell: ({ namespace, name, owner }) => (
      <div className="breakable">
        <strong>{name}</strong>
        <div className="muted">
          {namespace} · {owner === undefined ? t.bare : owner.kind}
        </div>
      </div>
    ),
  };
}
