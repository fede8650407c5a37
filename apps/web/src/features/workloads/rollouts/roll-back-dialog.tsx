import type { WorkloadRevisions } from '@quarterdeck/contracts';
import { AgeText, ConfirmDanger, Dialog, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { t } from './rollouts.messages.ts';
import { type Revisioned, revisionsQuery, rollBack } from './rollouts.queries.ts';

type Revision = WorkloadRevisions['items'][number];

/** Shows the templates that a workload had and what going back to each changes, and goes back to the chosen one. */
export function RollBackDialog({ workload, onClose }: { workload: Revisioned; onClose: () => void }) {
  const found = useQuery(revisionsQuery(workload));
  const title = t.title(workload.name, workload.cluster);
  if (found.isPending)
    return (
      <Closing title={title} onClose={onClose}>
        <Skeleton rows={4} />
      </Closing>
    );
  if (found.isError)
    return (
      <Closing title={title} onClose={onClose}>
        <ProblemAlert problem={problemOf(found.error)} onRetry={() => void found.refetch()} />
      </Closing>
    );
  const { owner, items } = found.data;
  if (owner !== undefined)
    return (
      <Closing title={title} onClose={onClose}>
        <Owned owner={owner} />
      </Closing>
    );
  if (items.every(({ current }) => current))
    return (
      <Closing title={title} onClose={onClose}>
        <p>{t.onlyOne}</p>
      </Closing>
    );
  return <Choose workload={workload} found={found.data} onClose={onClose} />;
}

/** A dialog that tells and does nothing. */
function Closing(props: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.children}
      <div className="row">
        <button type="button" className="button" data-autofocus onClick={props.onClose}>
          {t.close}
        </button>
      </div>
    </Dialog>
  );
}

/** The way to the release by which it is rolled back. */
function Owned({ owner: { release } }: { owner: NonNullable<WorkloadRevisions['owner']> }) {
  if (release === undefined) return <p>{t.ownedHidden}</p>;
  const { project, application, environment, number } = release;
  return (
    <>
      <p>{t.owned(`${project}/${application}`, number)}</p>
      <p>
        <Link
          to="/applications/$project/$app/$env/releases/$number"
          params={{ project, app: application, env: environment, number: String(number) }}
        >
          {t.toRelease(number)}
        </Link>
      </p>
    </>
  );
}

function Choose(props: { workload: Revisioned; found: WorkloadRevisions; onClose: () => void }) {
  const { workload, found, onClose } = props;
  const [chosen, setChosen] = useState(() => found.items.find(({ current }) => !current)?.revision);
  const [key] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const deed = useMutation({
    mutationFn: (revision: number) => rollBack(workload, { uid: found.uid, revision }, `${key}-${revision}`),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['workloads'] });
      onClose();
    },
  });
  const revision = found.items.find((item) => item.revision === chosen);
  return (
    <ConfirmDanger
      title={t.title(workload.name, workload.cluster)}
      verb={chosen === undefined ? t.rollBack : t.verb(workload.name, chosen)}
      level="L2"
      pending={deed.isPending}
      blocked={found.paused ? t.paused : chosen === undefined ? t.choose : undefined}
      error={deed.isError ? <ProblemAlert problem={problemOf(deed.error)} /> : undefined}
      onConfirm={() => {
        if (chosen !== undefined) deed.mutate(chosen);
      }}
      onClose={onClose}
    >
      <fieldset className="stack tight">
        <legend>{t.revisions}</legend>
        {found.items.map((item) => (
          <OneRevision key={item.name} item={item} chosen={item.revision === chosen} onChoose={setChosen} />
        ))}
      </fieldset>
      {revision === undefined ? null : <Differences revision={revision} />}
    </ConfirmDanger>
  );
}

function OneRevision(props: { item: Revision; chosen: boolean; onChoose: (revision: number) => void }) {
  const { revision, current, images, createdAt, cause, changes } = props.item;
  return (
    <label className="row wrap">
      <input
        type="radio"
        name="revision"
        checked={props.chosen}
        disabled={current}
        onChange={() => props.onChoose(revision)}
      />
      <strong>{t.revision(revision)}</strong>
      {current ? <span className="badge">{t.current}</span> : <span className="muted">{t.fields(changes.length)}</span>}
      {createdAt === undefined ? null : <AgeText at={createdAt} />}
      <span className="breakable">
        {images.map((image) => (
          <code key={image}>{image} </code>
        ))}
      </span>
      {cause === undefined ? null : <span className="muted breakable">{cause}</span>}
    </label>
  );
}

/** Each field below its path, what it is and what it becomes: values may be long, and a dialog is narrow. */
function Differences({ revision }: { revision: Revision }) {
  const { changes } = revision;
  return (
    <section aria-label={t.differences(revision.revision)}>
      <h3>{t.differences(revision.revision)}</h3>
      <ul className="attention">
        {changes.map(({ path, before, after }) => (
          <li key={path} className="stack tight">
            <code className="breakable">{path}</code>
            <span className="breakable">
              <span className="muted">{t.now} </span>
              {before ?? t.absent}
            </span>
            <span className="breakable">
              <span className="muted">{t.afterwards} </span>
              {after ?? t.absent}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
