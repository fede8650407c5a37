import type { Application, Release } from '@quarterdeck/contracts';
import { compareTargets, diffRelease } from '@quarterdeck/contracts/release-compare';
import { listReleases } from '@quarterdeck/contracts/releases';
import { PageHeader, ProblemAlert, Skeleton, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { OneApplication } from '../../platform/one-application.tsx';
import { releaseStatus } from '../../platform/release-status.ts';
import { applicationCrumbs } from './application-crumbs.tsx';
import { t } from './compare.messages.ts';
import { ComparisonView } from './comparison.tsx';
import { t as words } from './releases.messages.ts';

type Search = { as?: string; environment?: string; before?: string; after?: string };
type Choice = { key: string; text: string };

/** Any two releases of an application, or what is on any two of its clusters. The URL says which. */
export function ComparePage() {
  return <OneApplication>{(application) => <Compare application={application} />}</OneApplication>;
}

function Compare({ application }: { application: Application }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const go = (change: Search) =>
    void navigate({ to: '.', search: ((before: object) => ({ ...before, ...change })) as never });
  const isOfClusters = search.as === 'clusters';
  return (
    <>
      <PageHeader crumbs={applicationCrumbs(application.project, application.slug)} title={t.compare}>
        <span className="muted">{t.hint}</span>
      </PageHeader>
      <Tabs
        label={t.how}
        current={isOfClusters ? 'clusters' : 'releases'}
        tabs={[
          { key: 'releases', title: t.twoReleases },
          { key: 'clusters', title: t.twoClusters },
        ]}
        onChange={(as) => go({ as: as === 'releases' ? (undefined as never) : as, before: '', after: '' })}
      />
      {isOfClusters ? (
        <Clusters application={application} search={search} onGo={go} />
      ) : (
        <Releases application={application} search={search} onGo={go} />
      )}
    </>
  );
}

type PartProps = { application: Application; search: Search; onGo: (change: Search) => void };

function Releases({ application, search, onGo }: PartProps) {
  const environment =
    application.environments.find(({ name }) => name === search.environment) ?? application.environments[0];
  const list = useQuery({
    queryKey: ['releases', 'to-compare', application.id, environment?.environmentId],
    queryFn: ({ signal }) =>
      api.call(
        listReleases,
        { query: { application: application.id, environment: environment?.environmentId, limit: 200 } },
        { signal },
      ),
  });
  const releases = (list.data?.items ?? []).filter(({ kind }) => kind !== 'remove');
  const numbered = (number: string | undefined, otherwise: Release | undefined) =>
    releases.find((release) => String(release.number) === number) ?? otherwise;
  const after = numbered(search.after, releases[0]);
  const before = numbered(
    search.before,
    releases.find(({ number }) => number < (after?.number ?? 0)),
  );
  const comparison = useQuery({
    queryKey: ['releases', 'compare', before?.id, after?.id],
    enabled: before !== undefined && after !== undefined && before.id !== after.id,
    queryFn: ({ signal }) =>
      api.call(diffRelease, { params: { id: after?.id ?? '' }, query: { against: before?.id ?? '' } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (list.isPending) return <Skeleton rows={8} />;
  if (list.isError) return <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} />;
  const choices = releases.map(
    (release): Choice => ({
      key: String(release.number),
      text: t.release(
        release.number,
        Object.values(release.images)[0],
        words.kinds[release.kind],
        releaseStatus(release).word,
      ),
    }),
  );
  return (
    <>
      <div className="panel row wrap">
        <Choose
          label={t.environment}
          choices={application.environments.map(({ name }) => ({ key: name, text: name }))}
          value={environment?.name}
          onChange={(name) => onGo({ environment: name, before: '', after: '' })}
        />
        <Choose
          label={t.before}
          choices={choices}
          value={before && String(before.number)}
          onChange={(number) => onGo({ before: number })}
        />
        <Choose
          label={t.after}
          choices={choices}
          value={after && String(after.number)}
          onChange={(number) => onGo({ after: number })}
        />
      </div>
      {releases.length < 2 ? (
        <p className="muted">{t.tooFewReleases}</p>
      ) : (
        <Shown comparison={comparison} isSame={before?.id === after?.id} />
      )}
    </>
  );
}

function Clusters({ application, search, onGo }: PartProps) {
  const several = application.environments.length > 1;
  const targets = application.environments.flatMap(({ name, targets: of }) =>
    of
      .filter(({ currentReleaseNumber }) => currentReleaseNumber !== undefined)
      .map((target) => ({
        ...target,
        key: `${target.cluster}/${target.namespace}`,
        text: `${several ? `${name}: ` : ''}${target.cluster} / ${target.namespace} · #${target.currentReleaseNumber}`,
      })),
  );
  const before = targets.find(({ key }) => key === search.before) ?? targets[0];
  const after = targets.find(({ key }) => key === search.after) ?? targets[1];
  const comparison = useQuery({
    queryKey: ['releases', 'compare-targets', before?.id, after?.id, before?.currentReleaseId, after?.currentReleaseId],
    enabled: before !== undefined && after !== undefined && before.id !== after.id,
    queryFn: ({ signal }) =>
      api.call(
        compareTargets,
        { params: { id: application.id }, query: { before: before?.id ?? '', after: after?.id ?? '' } },
        { signal },
      ),
  });
  return (
    <>
      <div className="panel row wrap">
        <Choose label={t.before} choices={targets} value={before?.key} onChange={(key) => onGo({ before: key })} />
        <Choose label={t.after} choices={targets} value={after?.key} onChange={(key) => onGo({ after: key })} />
      </div>
      {targets.length < 2 ? (
        <p className="muted">{t.tooFewClusters}</p>
      ) : (
        <Shown comparison={comparison} isSame={before?.id === after?.id} />
      )}
    </>
  );
}

function Shown(props: {
  comparison: {
    data: Parameters<typeof ComparisonView>[0]['comparison'] | undefined;
    isError: boolean;
    error: unknown;
    refetch: () => unknown;
  };
  isSame: boolean;
}) {
  const { data, isError, error, refetch } = props.comparison;
  if (props.isSame) return <p className="muted">{t.same}</p>;
  if (isError) return <ProblemAlert problem={problemOf(error)} onRetry={() => void refetch()} />;
  return data === undefined ? <Skeleton rows={10} /> : <ComparisonView comparison={data} />;
}

function Choose(props: {
  label: string;
  choices: readonly Choice[];
  value: string | undefined;
  onChange: (key: string) => void;
}) {
  return (
    <label className="stack tight">
      <strong>{props.label}</strong>
      <select value={props.value ?? ''} onChange={(event) => props.onChange(event.target.value)}>
        {props.value === undefined ? <option value="">{t.chooseTwo}</option> : null}
        {props.choices.map(({ key, text }) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
