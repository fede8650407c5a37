import type { Evacuation, EvacuationItem } from '@quarterdeck/contracts';
import { approveEvacuation, createEvacuation, getEvacuation } from '@quarterdeck/contracts/evacuations';
import { ActionButton, AgeText, ConfirmDanger, EmptyState, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './evacuation.messages.ts';
import { confirmsOf, EvacuationRow } from './evacuation-row.tsx';

/** What somebody can do something about stands first. */
const rank: Record<EvacuationItem['state'], number> = { proposed: 0, blocked: 1, approved: 2, covered: 3 };

const keyOf = ({ applicationId, environmentId }: Pick<EvacuationItem, 'applicationId' | 'environmentId'>) =>
  `${applicationId} ${environmentId}`;

/** A draft of an evacuation: what can go, what speaks against it, and how far what was approved is. */
export function EvacuationPage() {
  const { id = '' } = useParams({ strict: false });
  const query = useQuery({
    queryKey: ['releases', 'evacuation', id],
    queryFn: ({ signal }) => api.call(getEvacuation, { params: { id } }, { signal }),
    refetchInterval: 3000,
  });
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  return <OneEvacuation key={id} evacuation={query.data} />;
}

function OneEvacuation({ evacuation }: { evacuation: Evacuation }) {
  const { cluster } = evacuation;
  const items = evacuation.items.toSorted((a, b) => rank[a.state] - rank[b.state]);
  const navigate = useNavigate();
  const refusal = useRefusal('releases:evacuate');
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const [asks, setAsks] = useState(false);
  const again = useMutation({
    mutationFn: () => api.call(createEvacuation, { body: { clusterId: evacuation.clusterId } }),
    onSuccess: (draft) => navigate({ to: '/evacuations/$id', params: { id: draft.id } }),
  });
  const acceptsOf = (item: EvacuationItem) => confirmsOf(item).filter((code) => accepted.has(`${keyOf(item)} ${code}`));
  const chosen = items.filter(
    (item) => item.state === 'proposed' && !left.has(keyOf(item)) && acceptsOf(item).length === confirmsOf(item).length,
  );
  const count = (state: EvacuationItem['state']) => items.filter((item) => item.state === state).length;
  const toggle = (set: ReadonlySet<string>, key: string, isIn: boolean) => {
    const next = new Set(set);
    if (isIn) next.add(key);
    else next.delete(key);
    return next;
  };
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="clusters" to="/clusters">
            {t.clusters}
          </Link>,
          <Link key="cluster" to="/clusters/$cluster" params={{ cluster }}>
            {cluster}
          </Link>,
        ]}
        title={t.title(cluster)}
        status={
          <span className="muted">
            {t.draftedBy(evacuation.createdBy)} <AgeText at={evacuation.createdAt} />
          </span>
        }
        actions={
          <span className="row">
            <ActionButton reason={refusal} pending={again.isPending} onClick={() => again.mutate()}>
              {t.draftAgain}
            </ActionButton>
            {count('proposed') === 0 ? null : (
              <ActionButton
                kind="primary"
                reason={refusal ?? (chosen.length === 0 ? t.chooseFirst : undefined)}
                onClick={() => setAsks(true)}
              >
                {t.approve(chosen.length)}
              </ActionButton>
            )}
          </span>
        }
      >
        <span className="muted">{t.hint}</span>
      </PageHeader>
      {again.isError ? <ProblemAlert problem={problemOf(again.error)} /> : null}
      {items.length === 0 ? (
        <EmptyState
          title={t.empty}
          action={
            <Link to="/clusters/$cluster" params={{ cluster }} className="button">
              {t.backTo(cluster)}
            </Link>
          }
        >
          {t.emptyHint}
        </EmptyState>
      ) : (
        <>
          <p>
            <strong>{t.summary(count('proposed'), count('covered'), count('blocked'), count('approved'))}</strong>
          </p>
          <section className="panel flush table-wrap" aria-label={t.title(cluster)}>
            <table className="table comfortable">
              <thead>
                <tr>
                  <td className="tick" />
                  <th scope="col">{t.application}</th>
                  <th scope="col">{t.needs}</th>
                  <th scope="col">{t.goesTo}</th>
                  <th scope="col">{t.reported}</th>
                  <th scope="col">{t.state}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <EvacuationRow
                    key={keyOf(item)}
                    item={item}
                    after={items.filter((other) => item.after.some((one) => keyOf(one) === keyOf(other)))}
                    chosen={chosen.includes(item)}
                    accepts={acceptsOf(item)}
                    onChoose={(isIn) => setLeft(toggle(left, keyOf(item), !isIn))}
                    onAccept={(code, isIn) => setAccepted(toggle(accepted, `${keyOf(item)} ${code}`, isIn))}
                  />
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
      {asks ? (
        <Approving
          evacuation={evacuation}
          chosen={chosen.map((item) => ({ item, accepts: acceptsOf(item) }))}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </>
  );
}

function Approving(props: {
  evacuation: Evacuation;
  chosen: readonly { item: EvacuationItem; accepts: readonly string[] }[];
  onClose: () => void;
}) {
  const { evacuation } = props;
  const queries = useQueryClient();
  // What was chosen when it was asked: the list behind moves on while it is done.
  const [chosen] = useState(props.chosen);
  const deed = useMutation({
    mutationFn: (reason: string) =>
      api.call(approveEvacuation, {
        params: { id: evacuation.id },
        body: {
          items: chosen.map(({ item: { applicationId, environmentId }, accepts }) => ({
            applicationId,
            environmentId,
            accepts: [...accepts],
          })),
          ...(reason === '' ? {} : { reason }),
        },
      }),
    async onSuccess({ refused }) {
      await queries.invalidateQueries({ queryKey: ['releases', 'evacuation', evacuation.id] });
      if (refused.length === 0) props.onClose();
    },
  });
  const clusters = [...new Set(chosen.flatMap(({ item }) => item.destination?.cluster ?? []))].join(', ');
  const refused = deed.data?.refused ?? [];
  const nameOf = (key: string) => chosen.find(({ item }) => keyOf(item) === key)?.item;
  return (
    <ConfirmDanger
      title={t.approve(chosen.length)}
      verb={t.approve(chosen.length)}
      level="L2"
      asksReason
      pending={deed.isPending}
      error={
        deed.isError ? (
          <ProblemAlert problem={problemOf(deed.error)} />
        ) : refused.length === 0 ? undefined : (
          <div className="notice failed" role="alert">
            <div className="stack tight">
              <strong>{t.refusedTitle(refused.length)}</strong>
              {refused.map((each) => (
                <p key={keyOf(each)}>
                  {nameOf(keyOf(each))?.application} {nameOf(keyOf(each))?.environment}: {each.detail}
                </p>
              ))}
            </div>
          </div>
        )
      }
      onConfirm={(reason) => deed.mutate(reason)}
      onClose={props.onClose}
    >
      <p>{t.approveHint(clusters)}</p>
      <p className="muted">
        {chosen
          .slice(0, 12)
          .map(({ item }) => `${item.application} ${item.environment}`)
          .join(', ')}
        {chosen.length > 12 ? ' …' : ''}
      </p>
    </ConfirmDanger>
  );
}
