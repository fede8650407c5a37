import { createEnvironment, tiers, updateEnvironment } from '@quarterdeck/contracts/access';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useCallback, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { fits, readLabels, writeLabels } from '../../platform/labels.ts';
import { t as words } from '../../platform/platform.messages.ts';
import { t } from './access.messages.ts';
import { accessKey, environmentsOfQuery } from './access.queries.ts';
import { type Environment, EnvironmentConflict } from './environment-conflict.tsx';

type TypedRule = { labels: string; namespace: string };
type Tier = (typeof tiers)[number];

/** Code of a save over what somebody else saved meanwhile. */
const changed = 'environment_changed';

const typedRules = (rules: Environment['rules']): TypedRule[] =>
  rules.map((rule) => ({ labels: writeLabels(rule.selector), namespace: rule.namespace }));

/** Name, tier and the rules that say where it may put things. */
export function EnvironmentDialog(props: {
  projectId: string;
  environment: Environment | undefined;
  onClose: () => void;
}) {
  const { projectId, environment, onClose } = props;
  const queries = useQueryClient();
  const fleet = useFleet() ?? [];
  const [name, setName] = useState(environment?.name ?? '');
  const [tier, setTier] = useState<Tier>(environment?.tier ?? 'production');
  const [rules, setRules] = useState<readonly TypedRule[]>(
    environment === undefined ? [{ labels: '', namespace: '' }] : typedRules(environment.rules),
  );
  /** What a save is made over: raised once the person has seen what somebody else saved meanwhile. */
  const [revision, setRevision] = useState(environment?.revision ?? 0);
  const read = rules.map(({ labels, namespace }) => ({ selector: readLabels(labels), namespace }));
  const ready = read.every(({ selector, namespace }) => selector !== undefined && namespace !== '');
  const typed = { tier, rules: read.map(({ selector, namespace }) => ({ selector: selector ?? {}, namespace })) };
  const save = useMutation({
    mutationFn: () =>
      environment === undefined
        ? api.call(createEnvironment, { params: { id: projectId }, body: { name, ...typed } })
        : api.call(updateEnvironment, {
            params: { id: projectId, environment: environment.id },
            body: { ...typed, revision },
          }),
    onError: (error) => {
      if (problemOf(error).code === changed) void queries.invalidateQueries(environmentsOfQuery(projectId));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accessKey });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const conflict = environment !== undefined && problem?.code === changed ? environment : undefined;
  const change = (index: number, rule: TypedRule | undefined) =>
    setRules(rules.flatMap((old, at) => (at === index ? (rule === undefined ? [] : [rule]) : [old])));
  const seen = useCallback((newest: Environment) => setRevision(newest.revision), []);
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog
      title={environment === undefined ? t.newEnvironment : t.editEnvironment(environment.name)}
      onClose={onClose}
    >
      <form className="stack" onSubmit={submit}>
        <div className="row align-start">
          {environment === undefined ? (
            <Field label={t.displayName} error={errorAt('/name')}>
              {(common) => <input {...common} value={name} onChange={(event) => setName(event.target.value)} />}
            </Field>
          ) : null}
          <Field label={t.tier} error={errorAt('/tier')}>
            {(common) => (
              <select {...common} value={tier} onChange={(event) => setTier(event.target.value as Tier)}>
                {tiers.map((word) => (
                  <option key={word}>{word}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {rules.map((rule, index) => {
          const selector = readLabels(rule.labels);
          const reached = selector === undefined ? [] : fleet.filter((cluster) => fits(selector, cluster));
          return (
            <fieldset key={String(index)} className="stack tight">
              <legend>{t.rule(index + 1)}</legend>
              <div className="row align-start">
                <Field
                  label={t.labels}
                  help={rule.labels === '' ? t.labelsHelp : t.reaches(reached.map(({ slug }) => slug))}
                  error={selector === undefined ? t.badLabels : errorAt(`/rules/${index}/selector`)}
                >
                  {(common) => (
                    <input
                      {...common}
                      value={rule.labels}
                      onChange={(event) => change(index, { ...rule, labels: event.target.value })}
                    />
                  )}
                </Field>
                <Field label={t.namespace} error={errorAt(`/rules/${index}/namespace`)}>
                  {(common) => (
                    <input
                      {...common}
                      value={rule.namespace}
                      onChange={(event) => change(index, { ...rule, namespace: event.target.value })}
                    />
                  )}
                </Field>
              </div>
              {rules.length === 1 ? null : (
                <div>
                  <button
                    type="button"
                    className="button small"
                    aria-label={t.removeRule(index + 1)}
                    onClick={() => change(index, undefined)}
                  >
                    {t.remove}
                  </button>
                </div>
              )}
            </fieldset>
          );
        })}
        <div>
          <button
            type="button"
            className="button small"
            onClick={() => setRules([...rules, { labels: '', namespace: rules.at(-1)?.namespace ?? '' }])}
          >
            {t.addRule}
          </button>
        </div>
        {problem === undefined || conflict !== undefined ? null : <ProblemAlert problem={problem} />}
        {conflict === undefined ? null : (
          <EnvironmentConflict
            projectId={projectId}
            environmentId={conflict.id}
            typed={typed}
            onNewest={seen}
            onTakeTheirs={(newest) => {
              setTier(newest.tier);
              setRules(typedRules(newest.rules));
              save.reset();
            }}
          />
        )}
        <FormButtons
          verb={conflict === undefined ? t.save : words.saveOverIt}
          busy={t.saving}
          pending={save.isPending}
          ready={ready && !(environment === undefined && name === '')}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
