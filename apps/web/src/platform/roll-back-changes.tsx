import type { Comparison, Release } from '@quarterdeck/contracts';
import { diffRelease } from '@quarterdeck/contracts/release-compare';
import { listReleases } from '@quarterdeck/contracts/releases';
import { ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from './api.ts';
import { fieldPath } from './field-path.ts';
import { shortImage } from './image-name.tsx';
import { t } from './platform.messages.ts';

/** What of a release is put back; the rest stays as it is. */
export type Take = 'image_and_config' | 'image' | 'config';

/** More parameters than these are told by their number. */
const mostParameters = 6;
/** A value with more of these, or of several lines, is not a thing to read here. */
const mostLetters = 200;

/** What a rollback leads to: from the newest release that went as far to the one that is put back, in images, parameters and objects. */
export function RollBackChanges({ release, take }: { release: Release; take: Take }) {
  const query = useQuery({
    queryKey: ['releases', 'roll-back', release.id],
    queryFn: async ({ signal }) => {
      const { applicationId: application, environmentId: environment } = release;
      const { items } = await api.call(listReleases, { query: { application, environment, limit: 20 } }, { signal });
      // One that went to fewer clusters, such as a catch-up, says nothing of the others.
      const now = items.find(({ kind, targetCount }) => kind !== 'remove' && targetCount >= release.targetCount);
      if (now === undefined || now.id === release.id) return null;
      const call = { params: { id: release.id }, query: { against: now.id } };
      return { number: now.number, ...(await api.call(diffRelease, call, { signal })) };
    },
    staleTime: 0,
  });
  if (query.isPending) return <Skeleton rows={3} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null) return null;
  const { number, images, parameters, items } = query.data;
  return (
    <section className="stack tight" aria-label={t.rollBackChanges(number, release.number)}>
      <strong>{t.rollBackChanges(number, release.number)}</strong>
      <ul className="plain-list">
        {take === 'config' ? null : images.map((image) => <FromTo key={image.slot} {...image} what={image.slot} />)}
        {take === 'image'
          ? null
          : parameters
              .slice(0, mostParameters)
              .map(({ pointer, before, after }) => (
                <FromTo key={pointer} what={fieldPath(pointer)} before={textOf(before)} after={textOf(after)} />
              ))}
        {take === 'image' || parameters.length <= mostParameters ? null : (
          <li className="muted">{t.moreParameters(parameters.length - mostParameters)}</li>
        )}
        {take === 'image_and_config' ? <li className="muted">{t.objectsChange(countsOf(items))}</li> : null}
      </ul>
      <Link
        to="/applications/$project/$app/compare"
        params={{ project: release.project, app: release.application }}
        search={{ environment: release.environment, before: String(number), after: String(release.number) } as never}
      >
        {t.compareWith(number, release.number)}
      </Link>
    </section>
  );
}

function FromTo(props: { what: string; before?: string | undefined; after?: string | undefined }) {
  const { what, before, after } = props;
  const side = (text: string | undefined) =>
    text === undefined ? (
      <span className="muted">{t.notSet}</span>
    ) : (
      <code className="breakable">{shortImage(text)}</code>
    );
  const isLong = [before, after].some(
    (text) => text !== undefined && (text.includes('\n') || text.length > mostLetters),
  );
  return (
    <li>
      <strong>{what}</strong>{' '}
      {isLong ? (
        <span className="muted">{t.isLonger}</span>
      ) : (
        <>
          {side(before)} → {side(after)}
        </>
      )}
    </li>
  );
}

function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

/** Objects by what becomes of them, and in how many clusters. */
function countsOf(items: Comparison['items']) {
  const of = (change: Comparison['items'][number]['change']) => items.filter((item) => item.change === change).length;
  return {
    ...{ comes: of('create'), changes: of('change'), goes: of('delete'), stays: of('unchanged') },
    clusters: new Set(items.map(({ cluster }) => cluster)).size,
  };
}
