import type { ClientOutput } from '@quarterdeck/contracts';
import { deprecateTemplateVersion, type getTemplate, withdrawTemplateVersion } from '@quarterdeck/contracts/templates';
import { ActionButton, AgeText, Dialog, Field, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './templates.messages.ts';
import { templatesKey } from './templates.queries.ts';

type Template = ClientOutput<typeof getTemplate>;
type Version = Template['items'][number];
type Ending = { version: Version; state: 'deprecated' | 'withdrawn' };

const status = { draft: 'waiting', published: 'healthy', deprecated: 'degraded', withdrawn: 'failed' } as const;

/** Versions, newest first: their state and why, and which applications follow each. */
export function VersionsTable({ template }: { template: Template }) {
  const refusal = useRefusal('templates:publish');
  const [ending, setEnding] = useState<Ending | undefined>();
  const newest = template.items.findIndex(({ id }) => id === template.latestVersionId);
  const behind = newest < 0 ? [] : template.items.slice(newest + 1).flatMap(({ users }) => users);
  const older = new Set(behind.map(({ applicationId }) => applicationId)).size;
  return (
    <div className="panel flush">
      <table className="table">
        <thead>
          <tr>
            <th>{t.versions}</th>
            <th>{t.state}</th>
            <th>{t.published}</th>
            <th>{t.usedBy}</th>
            <th>{t.actions}</th>
          </tr>
        </thead>
        <tbody>
          {template.items.map((version) => (
            <tr key={version.id}>
              <td>
                <code>{version.version}</code>
              </td>
              <td className="wrap">
                <StatusDot status={status[version.state]}>{t.states[version.state]}</StatusDot>
                {version.reason === undefined ? null : <span className="muted"> {version.reason}</span>}
              </td>
              <td>
                {version.publishedAt === undefined ? '–' : <AgeText at={version.publishedAt} />}{' '}
                {version.publishedBy === undefined ? null : (
                  <span className="muted">{t.publishedBy(version.publishedBy)}</span>
                )}
              </td>
              <td className="wrap">
                <Users users={version.users} />
              </td>
              <td>
                <span className="row wrap">
                  {version.state === 'draft' ? (
                    <Link
                      to="/templates/$name/edit"
                      params={{ name: template.name }}
                      search={{ draft: version.id } as never}
                      className="button small"
                    >
                      {t.edit}
                    </Link>
                  ) : (
                    <Link
                      to="/templates/$name"
                      params={{ name: template.name }}
                      search={{ version: version.version, tab: 'form' } as never}
                      className="button small"
                    >
                      {t.look}
                    </Link>
                  )}
                  {version.id === template.latestVersionId && older > 0 ? (
                    <Link
                      to="/templates/$name/upgrade"
                      params={{ name: template.name }}
                      search={{ version: version.version } as never}
                      className="button small primary"
                    >
                      {t.upgrade(older)}
                    </Link>
                  ) : null}
                  {version.state === 'published' ? (
                    <ActionButton small reason={refusal} onClick={() => setEnding({ version, state: 'deprecated' })}>
                      {t.deprecate}
                    </ActionButton>
                  ) : null}
                  {version.state === 'published' || version.state === 'deprecated' ? (
                    <ActionButton small reason={refusal} onClick={() => setEnding({ version, state: 'withdrawn' })}>
                      {t.withdraw}
                    </ActionButton>
                  ) : null}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ending === undefined ? null : <EndDialog ending={ending} onClose={() => setEnding(undefined)} />}
    </div>
  );
}

function Users({ users }: { users: Version['users'] }) {
  if (users.length === 0) return <span className="muted">{t.nobody}</span>;
  return users.map((user, index) => (
    <span key={user.applicationId}>
      {index === 0 ? '' : ', '}
      <Link to="/applications/$project/$app" params={{ project: user.project, app: user.application }}>
        {user.project}/{user.application}
      </Link>
      {user.environments.length === 0 ? null : <span className="muted"> {user.environments.join(', ')}</span>}
    </span>
  ));
}

function EndDialog({ ending: { version, state }, onClose }: { ending: Ending; onClose: () => void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const isWithdrawal = state === 'withdrawn';
  const end = useMutation({
    mutationFn: () =>
      api.call(isWithdrawal ? withdrawTemplateVersion : deprecateTemplateVersion, {
        params: { id: version.id },
        body: { reason },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: templatesKey });
      onClose();
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    end.mutate();
  }
  return (
    <Dialog
      title={isWithdrawal ? t.withdrawTitle(version.version) : t.deprecateTitle(version.version)}
      onClose={onClose}
    >
      <form className="stack" onSubmit={submit}>
        <p>{isWithdrawal ? t.withdrawHint : t.deprecateHint}</p>
        <p>
          <Users users={version.users} />
        </p>
        <Field label={t.reason}>
          {(common) => <input {...common} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        {end.isError ? <ProblemAlert problem={problemOf(end.error)} /> : null}
        <div className="row">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button danger" disabled={reason.trim().length < 3 || end.isPending}>
            {isWithdrawal ? t.withdraw : t.deprecate}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
