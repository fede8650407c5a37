import { endMyOtherSessions, endMySession, listMySessions } from '@quarterdeck/contracts/identity';
import { ActionButton, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { SessionsTable } from './sessions-table.tsx';

const key = ['identity', 'sessions', 'mine'];

/** Where one is signed in, and the way to end it. */
export function MySessions() {
  const queries = useQueryClient();
  const list = useQuery({ queryKey: key, queryFn: ({ signal }) => api.call(listMySessions, {}, { signal }) });
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  const endOne = useMutation({
    mutationFn: (id: string) => api.call(endMySession, { params: { id } }),
    onSettled: refresh,
  });
  const endOthers = useMutation({ mutationFn: () => api.call(endMyOtherSessions, {}), onSettled: refresh });
  const others = (list.data?.items ?? []).filter(({ current }) => !current).length;
  const failed = [endOne, endOthers].find(({ isError }) => isError)?.error;
  return (
    <section className="stack" aria-labelledby="my-sessions">
      <div className="spread">
        <div>
          <h2 id="my-sessions">{t.sessions}</h2>
          <p className="muted">{t.sessionsHelp}</p>
        </div>
        <ActionButton
          reason={others === 0 ? t.noOthers : undefined}
          pending={endOthers.isPending}
          onClick={() => endOthers.mutate()}
        >
          {t.endOthers}
        </ActionButton>
      </div>
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed)} />}
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={2} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess ? (
          <SessionsTable sessions={list.data.items} pending={endOne.isPending} onEnd={(id) => endOne.mutate(id)} />
        ) : null}
      </div>
    </section>
  );
}
