import type { Grant } from '@quarterdeck/contracts';
import { revokeGrant } from '@quarterdeck/contracts/access';
import {
  ActionButton,
  AgeText,
  type Column,
  ConfirmDanger,
  DataTable,
  DateText,
  ProblemAlert,
  StatusDot,
} from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './access.messages.ts';
import { accessKey } from './access.queries.ts';
import { nameOf, SubjectName } from './subject-name.tsx';

const columns: Column<Grant>[] = [
  { key: 'who', title: t.who, cell: ({ subject }) => <SubjectName subject={subject} /> },
  { key: 'role', title: t.role, cell: ({ role }) => role },
  { key: 'where', title: t.where, cell: ({ scopeName }) => scopeName },
  {
    key: 'ends',
    title: t.ends,
    cell: ({ expired, expiresAt }) =>
      expired ? (
        <StatusDot status="stale">{t.ended}</StatusDot>
      ) : expiresAt === undefined ? (
        <span className="muted">{t.noEnd}</span>
      ) : (
        <DateText at={expiresAt} />
      ),
  },
  {
    key: 'used',
    title: t.lastUsed,
    cell: ({ lastUsedAt }) =>
      lastUsedAt === undefined ? <span className="muted">{t.never}</span> : <AgeText at={lastUsedAt} />,
  },
  {
    key: 'by',
    title: t.grantedBy,
    cell: ({ createdBy, createdAt }) => (
      <span className="row">
        {createdBy === '' ? <span className="muted">{t.setup}</span> : createdBy}
        <span className="muted">
          <AgeText at={createdAt} />
        </span>
      </span>
    ),
  },
];

/** Grants with how to take them back. */
export function GrantsTable({ label, grants }: { label: string; grants: readonly Grant[] }) {
  const queries = useQueryClient();
  const [leaving, setLeaving] = useState<Grant | undefined>();
  const revoke = useMutation({
    mutationFn: (id: string) => api.call(revokeGrant, { params: { id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accessKey });
      setLeaving(undefined);
    },
  });
  const actions: Column<Grant> = {
    key: 'actions',
    title: t.actions,
    cell: (grant) => (
      <ActionButton
        small
        onClick={() => {
          revoke.reset();
          setLeaving(grant);
        }}
      >
        {t.revoke} <span className="visually-hidden">{nameOf(grant.subject)}</span>
      </ActionButton>
    ),
  };
  return (
    <>
      <DataTable
        label={label}
        columns={[...columns, actions]}
        rows={grants}
        rowId={({ id }) => id}
        rowClass={({ expired }) => (expired ? 'stale' : '')}
      />
      {leaving === undefined ? null : (
        <ConfirmDanger
          title={t.revokeTitle(leaving.role, nameOf(leaving.subject))}
          verb={t.revoke}
          level="L2"
          pending={revoke.isPending}
          error={revoke.isError ? <ProblemAlert problem={problemOf(revoke.error)} /> : undefined}
          onConfirm={() => revoke.mutate(leaving.id)}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t.revokeText(leaving.scopeName)}</p>
        </ConfirmDanger>
      )}
    </>
  );
}
