import type { PipelineConnection } from '@quarterdeck/contracts';
import { Drawer } from '@quarterdeck/ui';
import { AuditLink } from '../../platform/audit-link.tsx';
import { connectionStatus } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { Verdict } from './verdict.tsx';

/** One connection: what it is for, how the other side answered, and what can be done to it. */
export function ConnectionDrawer(props: {
  connection: PipelineConnection;
  onClose: () => void;
  onToggle: () => void;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { connection } = props;
  return (
    <Drawer title={connection.name} onClose={props.onClose}>
      <p className="muted">{t.kindHelp[connection.kind]}</p>
      <div>
        <Verdict shown={connectionStatus(connection)} />
      </div>
      <dl className="facts">
        <dt>{t.kind}</dt>
        <dd>{t.kinds[connection.kind]}</dd>
        <dt>{t.address}</dt>
        <dd>{connection.address}</dd>
        <dt>{t.secret}</dt>
        <dd>{connection.hasSecret ? t.kept : t.none}</dd>
        {connection.kind === 'gitlab' ? (
          <>
            <dt>{t.jobTokens}</dt>
            <dd>{connection.jobTokens ? t.jobTokensTaken : t.jobTokensRefused}</dd>
          </>
        ) : null}
        {connection.tokenHosts.length === 0 ? null : (
          <>
            <dt>{t.tokenHosts}</dt>
            <dd>{connection.tokenHosts.join(', ')}</dd>
          </>
        )}
        {connection.events.length === 0 ? null : (
          <>
            <dt>{t.events}</dt>
            <dd>{connection.events.map((event) => t.eventWords[event]).join(', ')}</dd>
          </>
        )}
      </dl>
      <div className="row wrap">
        <AuditLink target={connection.id} />
        <button type="button" className="button" onClick={props.onEdit}>
          {t.edit}
        </button>
        <button type="button" className="button" onClick={props.onToggle}>
          {connection.enabled ? t.turnOff : t.turnOn}
        </button>
        <button type="button" className="button danger" onClick={props.onDelete}>
          {t.delete}
        </button>
      </div>
    </Drawer>
  );
}
