import type { Application, TargetSelection } from '@quarterdeck/contracts';
import { getTargetSelection, putTargetSelection } from '@quarterdeck/contracts/target-selector';
import { Dialog, Field, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { ChangeConflict } from '../../platform/change-conflict.tsx';
import { useFleet } from '../../platform/fleet.tsx';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { readLabels } from '../../platform/labels.ts';
import { t as words } from '../../platform/platform.messages.ts';
import { Choice } from './choice.tsx';
import { ClusterTicks, type TickedCluster } from './cluster-ticks.tsx';
import { t } from './narrow.messages.ts';
import { fromNarrowDraft, placesOf, sidesOf, toNarrowDraft } from './narrow-draft.ts';

type Place = { application: Application; environment: { environmentId: string; name: string } };

/** Narrows an application to fewer clusters of an environment, and says which are left before it is saved. */
export function NarrowDialog({ application, environment, onClose }: Place & { onClose: () => void }) {
  const queryKey = ['applications', 'selector', application.id, environment.environmentId];
  const found = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      api.call(
        getTargetSelection,
        { params: { id: application.id, environment: environment.environmentId } },
        { signal },
      ) as Promise<TargetSelection>,
  });
  return (
    <Dialog title={t.title(application.slug, environment.name)} onClose={onClose}>
      {found.isPending ? <Skeleton rows={4} /> : null}
      {found.isError ? <ProblemAlert problem={problemOf(found.error)} onRetry={() => void found.refetch()} /> : null}
      {found.data === undefined ? null : (
        <NarrowForm application={application} environment={environment} selection={found.data} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** @param props.selection as it is there now: asked for again when somebody else saved */
function NarrowForm(props: Place & { selection: TargetSelection; onClose: () => void }) {
  const { application, environment, selection, onClose } = props;
  /** What was read before the first key was pressed. */
  const [base, setBase] = useState(selection);
  const [draft, setDraft] = useState(() => toNarrowDraft(selection.selector));
  const fleet = useFleet() ?? [];
  const queries = useQueryClient();
  const selector = fromNarrowDraft(draft);
  const isUntouched = JSON.stringify(draft) === JSON.stringify(toNarrowDraft(base.selector));
  const isNewer = selection.revision > base.revision;
  const isChanged = isNewer && !isUntouched;
  const form = useRef<HTMLFormElement>(null);
  // The dialog opens before there is anything to put the focus on.
  useEffect(() => form.current?.querySelector('select')?.focus(), []);
  const save = useMutation({
    mutationFn: () =>
      api.call(putTargetSelection, {
        params: { id: application.id, environment: environment.environmentId },
        // Over what the person sees, be it what they began with or what somebody else has made of it since.
        body: { selector: selector ?? null, revision: selection.revision },
      }),
    onError: (error) => {
      if (problemOf(error).code === 'selector_changed') void queries.invalidateQueries({ queryKey: ['applications'] });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['applications'] });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const set = (change: Partial<typeof draft>) => {
    setDraft({ ...draft, ...change });
    save.reset();
  };
  function take(theirs: TargetSelection): void {
    setBase(theirs);
    setDraft(toNarrowDraft(theirs.selector));
    save.reset();
  }
  if (isNewer && isUntouched) take(selection);
  const options = optionsOf(base, selection, fleet);
  const sides = selector === undefined ? undefined : sidesOf(selector, selection, fleet);
  /** A fact on each line. */
  function asText(one: TargetSelection['selector']): string {
    if (one === null) return t.by.all;
    if (one.labels !== undefined)
      return Object.entries(one.labels)
        .map((pair) => pair.join('='))
        .join('\n');
    const names = (one.clusters ?? []).map((id) => options.find((option) => option.id === id)?.slug ?? t.goneCluster);
    return names.toSorted().join('\n');
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <form className="stack" ref={form} onSubmit={submit}>
      <Choice label={t.goesTo} value={draft.by} words={t.by} onChange={(by) => set({ by })} />
      {draft.by === 'labels' ? (
        <Field
          label={t.labels}
          help={t.labelsHelp}
          error={readLabels(draft.labels) === undefined ? t.badLabels : errorAt('/selector/labels')}
        >
          {(common) => (
            <input {...common} value={draft.labels} onChange={(event) => set({ labels: event.target.value })} />
          )}
        </Field>
      ) : null}
      {draft.by === 'clusters' ? (
        <ClusterTicks
          legend={t.clusters}
          help={t.clustersHelp}
          error={undefined}
          clusters={options}
          isTicked={({ id }) => draft.clusters.includes(id)}
          onTick={({ id }, isTicked) =>
            set({ clusters: isTicked ? [...draft.clusters, id] : draft.clusters.filter((other) => other !== id) })
          }
        />
      ) : null}
      <div role="status">
        {sides === undefined ? (
          <p className="muted">{draft.by === 'labels' ? t.chooseLabels : t.chooseClusters}</p>
        ) : (
          <>
            {sides.inside.length > 0 ? <p>{t.remains(sides.inside)}</p> : null}
            {sides.inside.length + sides.hidden === 0 ? <p className="reason">{t.nothingLeft}</p> : null}
            {sides.outside.length > 0 ? <p className="muted">{t.fallsAway(sides.outside)}</p> : null}
            {sides.hidden > 0 ? <p className="muted">{t.hidden(sides.hidden)}</p> : null}
          </>
        )}
      </div>
      {problem === undefined || problem.code === 'selector_changed' ? null : <ProblemAlert problem={problem} />}
      {isChanged ? (
        <ChangeConflict
          name={t.what(application.slug, environment.name)}
          target={application.id}
          changedBy={selection.changedBy}
          changedAt={selection.changedAt}
          now={asText(selection.selector)}
          typed={asText(selector ?? null)}
          onTakeTheirs={() => take(selection)}
        />
      ) : null}
      <FormButtons
        verb={isChanged ? words.saveOverIt : t.save}
        busy={t.saving}
        pending={save.isPending}
        ready={selector !== undefined && !isUntouched}
        onClose={onClose}
      />
    </form>
  );
}

/** Clusters of the environment, and those that were named before and that its rules do not give now. */
function optionsOf(
  base: TargetSelection,
  selection: TargetSelection,
  fleet: readonly TickedCluster[],
): readonly TickedCluster[] {
  const given = placesOf(selection);
  const named = [...new Set([...(base.selector?.clusters ?? []), ...(selection.selector?.clusters ?? [])])]
    .filter((id) => given.every((each) => each.id !== id))
    .map((id) => ({ id, name: t.goneCluster }));
  return [...given, ...named].map(
    ({ id, name }) => fleet.find((cluster) => cluster.id === id) ?? { id, slug: name, labels: {}, state: 'connected' },
  ) as TickedCluster[];
}
