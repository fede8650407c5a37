import type { Application } from '@quarterdeck/contracts';
import { compareDrift } from '@quarterdeck/contracts/release-drift';
import { ActionButton, EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { OneApplication } from '../../platform/one-application.tsx';
import { applicationCrumbs } from './application-crumbs.tsx';
import { t } from './drift.messages.ts';
import { DriftTargetLine } from './drift-target-line.tsx';
import { type ComparedObject, canTakeBack, DriftedObject } from './drifted-object.tsx';
import { TakeBack } from './take-back.tsx';

/** What is not as the last release put it in one environment, asked of the clusters now; taken back from here. */
export function DriftPage() {
  return <OneApplication>{(application) => <OneEnvironment application={application} />}</OneApplication>;
}

function OneEnvironment({ application }: { application: Application }) {
  const search = useSearch({ strict: false }) as { environment?: string };
  const navigate = useNavigate();
  const { environments } = application;
  const environment = environments.find(({ name }) => name === search.environment) ?? environments[0];
  return (
    <>
      <PageHeader crumbs={applicationCrumbs(application.project, application.slug)} title={t.drift}>
        <span className="muted">{t.hint}</span>
      </PageHeader>
      {environments.length < 2 ? null : (
        <Tabs
          label={t.environment}
          current={environment?.name ?? ''}
          tabs={environments.map(({ name }) => ({ key: name, title: name }))}
          onChange={(name) =>
            void navigate({ to: '.', search: ((before: object) => ({ ...before, environment: name })) as never })
          }
        />
      )}
      {environment === undefined ? null : (
        <Compared key={environment.environmentId} application={application} environmentId={environment.environmentId} />
      )}
    </>
  );
}

function Compared({ application, environmentId }: { application: Application; environmentId: string }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [asks, setAsks] = useState(false);
  const mayCreate = useRefusal('releases:create');
  const mayTake = useRefusal('releases:take-over');
  const query = useQuery({
    queryKey: ['releases', 'drift', application.id, environmentId],
    queryFn: ({ signal }) =>
      api.call(compareDrift, { body: { applicationId: application.id, environmentId } }, { signal }),
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  if (query.isPending)
    return (
      <>
        <p className="muted">{t.comparing}</p>
        <Skeleton rows={10} />
      </>
    );
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  const { targets } = query.data;
  if (targets.length === 0)
    return (
      <EmptyState
        title={t.nothingThere}
        action={
          <Link
            to="/applications/$project/$app"
            params={{ project: application.project, app: application.slug }}
            className="button"
          >
            {t.backToApp}
          </Link>
        }
      />
    );
  const all = targets.flatMap((target) => target.objects.map((object: ComparedObject) => ({ target, object })));
  const keyOf = ({ target, object }: (typeof all)[number]) => `${target.targetId} ${object.kind} ${object.name}`;
  const chosen = all.filter((each) => canTakeBack(each.target, each.object) && !left.has(keyOf(each)));
  const takes = chosen.some(({ object }) => object.fields.some(({ manager }) => manager !== undefined));
  const choose = (key: string, isChosen: boolean) => {
    const next = new Set(left);
    if (isChosen) next.delete(key);
    else next.add(key);
    setLeft(next);
  };
  return (
    <>
      <section className="panel stack">
        {targets.every(({ state }) => state === 'same') ? (
          <div>
            <StatusDot status="healthy">
              <strong>{t.none(targets.length)}</strong>
            </StatusDot>
            <p className="muted">{t.noneHint}</p>
          </div>
        ) : null}
        <ul className="plain-list">
          {targets.map((target) => (
            <DriftTargetLine key={target.targetId} target={target} />
          ))}
        </ul>
        <div className="row wrap">
          {all.length === 0 ? null : (
            <ActionButton
              kind="primary"
              reason={mayCreate ?? (takes ? mayTake : undefined) ?? (chosen.length === 0 ? t.chooseFirst : undefined)}
              onClick={() => setAsks(true)}
            >
              {t.takeBack(chosen.length, new Set(chosen.map(({ target }) => target.targetId)).size)}
            </ActionButton>
          )}
          <ActionButton pending={query.isFetching} onClick={() => void query.refetch()}>
            {t.compareAgain}
          </ActionButton>
        </div>
      </section>
      {all.map((each) => (
        <DriftedObject
          key={keyOf(each)}
          {...each}
          chosen={chosen.includes(each)}
          onChoose={(isChosen) => choose(keyOf(each), isChosen)}
        />
      ))}
      {asks ? (
        <TakeBack
          application={application}
          environmentId={environmentId}
          chosen={chosen}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </>
  );
}
