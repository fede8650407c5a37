import type { DeliveryPolicy, ImagePin, Strategy } from '@quarterdeck/contracts';
import { putEnvironmentDelivery } from '@quarterdeck/contracts/applications';
import { ActionButton, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './delivery.messages.ts';
import { fromPolicyDraft, type PolicyDraft, PolicyFields, toPolicyDraft } from './policy-fields.tsx';
import { careful, fromDraft, type StrategyDraft, toDraft } from './strategy-draft.ts';
import { StrategyFields } from './strategy-fields.tsx';

/** The policy of an environment, and its strategies, of which the first is taken when a deployment names none. */
export function DeliveryEditor(props: {
  environment: { id: string; name: string; tier: string };
  policy: DeliveryPolicy;
  pin: ImagePin;
  strategies: readonly Strategy[];
}) {
  const { environment } = props;
  const [policy, setPolicy] = useState(() => toPolicyDraft(props.policy, props.pin));
  const [drafts, setDrafts] = useState<readonly StrategyDraft[]>(() => props.strategies.map(toDraft));
  const queries = useQueryClient();
  const refusal = useRefusal('environments:manage');
  const save = useMutation({
    mutationFn: () =>
      api.call(putEnvironmentDelivery, {
        params: { id: environment.id },
        body: { ...fromPolicyDraft(policy), strategies: drafts.map(fromDraft) },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['applications', 'delivery-of', environment.id] }),
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const asSent = (typed: PolicyDraft, strategies: readonly StrategyDraft[]) =>
    JSON.stringify([fromPolicyDraft(typed), strategies.map(fromDraft)]);
  const isSaved =
    asSent(policy, drafts) === asSent(toPolicyDraft(props.policy, props.pin), props.strategies.map(toDraft));
  function change(next: readonly StrategyDraft[]): void {
    setDrafts(next);
    save.reset();
  }
  const add = (
    <button
      type="button"
      className="button"
      onClick={() =>
        change([...drafts, { ...careful, name: drafts.length === 0 ? careful.name : `strategy ${drafts.length + 1}` }])
      }
    >
      {t.addStrategy}
    </button>
  );
  return (
    <section className="stack" aria-label={t.rulesAndStrategies}>
      <div className="spread wrap">
        <h2>{t.rulesAndStrategies}</h2>
        <div className="row">
          {drafts.length === 0 ? null : add}
          <ActionButton
            kind="primary"
            reason={refusal ?? (isSaved ? t.nothingToSave : undefined)}
            pending={save.isPending}
            onClick={() => save.mutate()}
          >
            {t.saveFor(environment.name)}
          </ActionButton>
        </div>
      </div>
      {save.isSuccess && isSaved ? (
        <p className="muted" role="status">
          {t.saved}
        </p>
      ) : null}
      {problem === undefined ? null : <ProblemAlert problem={problem} />}
      <PolicyFields
        policy={policy}
        environment={environment}
        errorAt={(pointer) => errorAt(`/policy${pointer}`)}
        onChange={(changed) => {
          setPolicy(changed);
          save.reset();
        }}
      />
      {drafts.length === 0 ? (
        <div className="panel flush">
          <EmptyState title={t.noStrategies} action={add}>
            {t.noStrategiesHelp}
          </EmptyState>
        </div>
      ) : null}
      {drafts.map((draft, index) => (
        <section key={String(index)} className="panel stack" aria-label={draft.name}>
          <div className="spread">
            <h3>
              {draft.name} {index === 0 ? <span className="badge">{t.isDefault}</span> : null}
            </h3>
            <div className="row">
              {index === 0 ? null : (
                <button
                  type="button"
                  className="button small"
                  onClick={() => change([draft, ...drafts.filter((_, at) => at !== index)])}
                >
                  {t.makeDefault}
                </button>
              )}
              <button
                type="button"
                className="button small"
                onClick={() => change(drafts.filter((_, at) => at !== index))}
              >
                {t.removeStrategy(draft.name)}
              </button>
            </div>
          </div>
          <StrategyFields
            draft={draft}
            errorAt={(pointer) => errorAt(`/strategies/${index}${pointer}`)}
            onChange={(changed) => change(drafts.map((old, at) => (at === index ? changed : old)))}
          />
        </section>
      ))}
    </section>
  );
}
