import { createView, updateView } from '@quarterdeck/contracts/inventory';
import { Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, problemOf } from './api.ts';
import { t } from './cluster-sets.messages.ts';
import { type ClusterSet, clusterSetsQuery, membersOf, parseSelector, type Selector } from './cluster-sets.ts';
import { environmentsQuery } from './environments.ts';
import { useFleet } from './fleet.tsx';

/** A set as it is typed; `set` is the one that is changed. */
export type SetDraft = { set?: ClusterSet; name: string; projectId: string; selectors: readonly string[] };

const nameShape = /^[^\s!-/:-@[-`{-~][^\n\r\t,]{0,62}$/;
const shownNames = 6;

/** Name and selectors of a set, with the clusters that match while one types. */
export function ClusterSetForm(props: {
  draft: SetDraft;
  onChange: (draft: SetDraft) => void;
  onDone: (name: string) => void;
  onCancel: () => void;
}) {
  const { draft, onChange } = props;
  const id = useId();
  const fleet = useFleet() ?? [];
  const queries = useQueryClient();
  const projects = useQuery(environmentsQuery);
  const [touched, setTouched] = useState(false);
  const parsed = draft.selectors.map(parseSelector);
  const selectors = parsed.filter((selector): selector is Selector => selector !== undefined);
  const name = draft.name.trim();
  const members = membersOf(selectors, fleet);
  const save = useMutation({
    mutationFn: () => {
      const content = { type: 'cluster_set' as const, selectors: selectors.map((selector) => ({ ...selector })) };
      return draft.set === undefined
        ? api.call(createView, {
            body: { name, content, ...(draft.projectId === '' ? {} : { projectId: draft.projectId }) },
          })
        : api.call(updateView, {
            params: { id: draft.set.id },
            body: { name, content, revision: draft.set.revision },
          });
    },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: clusterSetsQuery.queryKey });
      props.onDone(name);
    },
  });
  const setSelector = (nth: number, text: string) =>
    onChange({ ...draft, selectors: draft.selectors.map((each, index) => (index === nth ? text : each)) });
  const known = [
    ...new Set(fleet.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`))),
  ];
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTouched(true);
        if (nameShape.test(name) && selectors.length === parsed.length) save.mutate();
      }}
    >
      <Field label={t.name} error={touched && !nameShape.test(name) ? t.badName : undefined}>
        {(common) => (
          <input
            {...common}
            value={draft.name}
            onChange={(event) => onChange({ ...draft, name: event.target.value })}
          />
        )}
      </Field>
      {draft.set === undefined ? (
        <div className="field">
          <label htmlFor={`${id}-for`}>{t.for}</label>
          <select
            id={`${id}-for`}
            value={draft.projectId}
            onChange={(event) => onChange({ ...draft, projectId: event.target.value })}
          >
            <option value="">{t.forMe}</option>
            {projects.data?.projects.map((project) => (
              <option key={project.id} value={project.id}>
                {t.forProject(project.displayName)}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      <datalist id={`${id}-labels`}>
        {known.sort().map((pair) => (
          <option key={pair} value={pair} />
        ))}
      </datalist>
      {draft.selectors.map((text, nth) => (
        // Selectors have no name of their own; they are changed in place.
        // biome-ignore lint/suspicious/noArrayIndexKey: their order is what they are
        <div key={nth} className="row field-row">
          <Field
            label={t.selector(nth)}
            help={nth === 0 ? t.selectorHelp : undefined}
            error={touched && parsed[nth] === undefined ? t.badSelector : undefined}
          >
            {(common) => (
              <input
                {...common}
                list={`${id}-labels`}
                autoComplete="off"
                value={text}
                onChange={(event) => setSelector(nth, event.target.value)}
              />
            )}
          </Field>
          {draft.selectors.length === 1 ? null : (
            <button
              type="button"
              className="button small"
              onClick={() => onChange({ ...draft, selectors: draft.selectors.filter((_, index) => index !== nth) })}
            >
              {t.remove}
            </button>
          )}
        </div>
      ))}
      <div className="row wrap">
        <button
          type="button"
          className="button small"
          onClick={() => onChange({ ...draft, selectors: [...draft.selectors, ''] })}
        >
          {t.addSelector}
        </button>
        <span className="muted" role="status">
          {selectors.length === 0
            ? null
            : t.matches(
                members.slice(0, shownNames).join(', ') +
                  (members.length > shownNames ? t.more(members.length - shownNames) : ''),
                members.length,
              )}
        </span>
      </div>
      {save.isError ? <ProblemAlert problem={problemOf(save.error)} /> : null}
      <div className="row">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {t.save}
        </button>
        <button type="button" className="button" onClick={props.onCancel}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}
