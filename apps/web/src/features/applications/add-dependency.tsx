import { listApplications } from '@quarterdeck/contracts/applications';
import { ActionButton, Field, type ProblemLike } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { api, errorsOf } from '../../platform/api.ts';
import { useRested } from '../../platform/use-rested.ts';
import { t } from './dependencies.messages.ts';

/**
 * Names an application that this one needs; suggests those that one may see.
 * @param own this one, and `known` what it needs already: not suggested
 * @param done changes when one was added: the field is for the next one then
 */
export function AddDependency(props: {
  own: string;
  known: readonly string[];
  refusal: string | undefined;
  pending: boolean;
  problem: ProblemLike | undefined;
  done: number;
  onAdd: (application: string) => void;
}) {
  const { own, known, done } = props;
  const [typed, setTyped] = useState('');
  const list = useId();
  // Of a name with its project the last part is what the list is asked by.
  const q = useRested(typed.slice(typed.lastIndexOf('/') + 1).trim());
  const found = useQuery({
    queryKey: ['applications', 'suggested', q],
    queryFn: ({ signal }) => api.call(listApplications, { query: { q, limit: 20 } }, { signal }),
    enabled: props.refusal === undefined && typed !== '',
    staleTime: 10_000,
  });
  useEffect(() => {
    if (done !== 0) setTyped('');
  }, [done]);
  const names = (found.data?.items ?? [])
    .map(({ project, slug }) => `${project}/${slug}`)
    .filter((name) => name !== own && !known.includes(name));
  function send(): void {
    if (typed.trim() !== '') props.onAdd(typed.trim());
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    send();
  }
  const error =
    props.problem === undefined ? undefined : (errorsOf(props.problem)('/application') ?? props.problem.detail);
  return (
    <form className="row align-end add-need" onSubmit={submit}>
      <Field label={t.addLabel} error={error}>
        {(common) => (
          <input
            {...common}
            list={list}
            placeholder={t.addExample}
            value={typed}
            disabled={props.refusal !== undefined}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <ActionButton reason={props.refusal} pending={props.pending} onClick={send}>
        {t.add}
      </ActionButton>
    </form>
  );
}
