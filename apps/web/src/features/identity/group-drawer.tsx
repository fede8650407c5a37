import type { Account, Group } from '@quarterdeck/contracts';
import { addGroupMember, deleteGroup, removeGroupMember } from '@quarterdeck/contracts/identity';
import { ActionButton, ConfirmDanger, Drawer, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { GroupDialog } from './group-dialog.tsx';
import { t } from './people.messages.ts';
import { groupsKey, peopleKey, peopleQuery } from './people.queries.ts';

/** One group and who is in it. */
export function GroupDrawer(props: { group: Group; mayManage: boolean; ownId: string; onClose: () => void }) {
  const { group, mayManage } = props;
  const queries = useQueryClient();
  const [layer, setLayer] = useState<'rename' | 'delete' | undefined>();
  const close = () => setLayer(undefined);
  const members = useInfiniteQuery(peopleQuery({ q: '', state: '', provider: '', group: group.id }));
  const rows = members.data?.pages.flatMap((page) => page.items) ?? [];
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: groupsKey });
    await queries.invalidateQueries({ queryKey: peopleKey });
  };
  const takeOut = useMutation({
    mutationFn: (user: string) => api.call(removeGroupMember, { params: { id: group.id, user } }),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => api.call(deleteGroup, { params: { id: group.id } }),
    onSuccess: async () => {
      props.onClose();
      await refresh();
    },
  });
  const isLocal = group.kind === 'local';
  const refusal = mayManage ? undefined : t.needs('identity:manage');
  return (
    <Drawer title={group.name} onClose={props.onClose}>
      <div className="row wrap">
        <span className="badge">{isLocal ? t.kindLocal : t.kindProvider(group.provider?.name ?? '')}</span>
        <code className="muted">{group.id}</code>
      </div>
      <div className="row wrap">
        <ActionButton reason={refusal ?? (isLocal ? undefined : t.byProvider)} onClick={() => setLayer('rename')}>
          {t.rename}
        </ActionButton>
        <ActionButton reason={refusal} onClick={() => setLayer('delete')}>
          {t.deleteGroup}
        </ActionButton>
      </div>
      <section className="stack" aria-labelledby="members">
        <h3 id="members">{t.members}</h3>
        {isLocal ? null : <p className="muted">{t.byProvider}</p>}
        {takeOut.isError ? <ProblemAlert problem={problemOf(takeOut.error)} /> : null}
        {members.isPending ? <Skeleton rows={2} /> : null}
        {members.isError ? (
          <ProblemAlert problem={problemOf(members.error)} onRetry={() => void members.refetch()} />
        ) : null}
        {members.isSuccess && rows.length === 0 ? <p className="muted">{t.noMembers}</p> : null}
        <ul className="attention">
          {rows.map((account) => (
            <li key={account.id}>
              <span className="grow">
                {account.displayName} <span className="muted">{account.name}</span>
              </span>
              {isLocal && mayManage ? (
                <button
                  type="button"
                  className="button small"
                  aria-label={t.removeMember(account.displayName)}
                  disabled={takeOut.isPending}
                  onClick={() => takeOut.mutate(account.id)}
                >
                  {t.takeOut}
                </button>
              ) : null}
            </li>
          ))}
        </ul>
        {members.hasNextPage ? (
          <button type="button" className="button small" onClick={() => void members.fetchNextPage()}>
            {t.loadMore}
          </button>
        ) : null}
        {isLocal && mayManage ? (
          <AddMember
            group={group}
            ownId={props.ownId}
            isMember={(id) => rows.some((row) => row.id === id)}
            onAdded={refresh}
          />
        ) : null}
      </section>
      {layer === 'rename' ? <GroupDialog group={group} onClose={close} /> : null}
      {layer === 'delete' ? (
        <ConfirmDanger
          title={t.deleteTitle(group.name)}
          verb={t.deleteGroup}
          level="L3"
          expectText={group.name}
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          <p>{t.deleteText(group.members)}</p>
        </ConfirmDanger>
      ) : null}
    </Drawer>
  );
}

const offered = 5;

/** Finds somebody by name and adds them. */
function AddMember(props: {
  group: Group;
  ownId: string;
  isMember: (id: string) => boolean;
  onAdded: () => Promise<void>;
}) {
  const [q, setQ] = useState('');
  const found = useInfiniteQuery({
    ...peopleQuery({ q, state: 'active', provider: '' }),
    enabled: q.trim().length > 1,
  });
  const add = useMutation({
    mutationFn: (user: string) => api.call(addGroupMember, { params: { id: props.group.id, user } }),
    onSuccess: async () => {
      setQ('');
      await props.onAdded();
    },
  });
  const candidates: readonly Account[] =
    q.trim().length > 1
      ? (found.data?.pages[0]?.items ?? [])
          .filter(({ id }) => id !== props.ownId && !props.isMember(id))
          .slice(0, offered)
      : [];
  return (
    <div className="stack tight">
      <input
        aria-label={t.addMember}
        placeholder={t.addMember}
        value={q}
        onChange={(event) => setQ(event.target.value)}
      />
      {add.isError ? <ProblemAlert problem={problemOf(add.error)} /> : null}
      <ul className="attention">
        {candidates.map((account) => (
          <li key={account.id}>
            <span className="grow">
              {account.displayName} <span className="muted">{account.name}</span>
            </span>
            <button
              type="button"
              className="button small"
              disabled={add.isPending}
              onClick={() => add.mutate(account.id)}
            >
              {t.add}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
