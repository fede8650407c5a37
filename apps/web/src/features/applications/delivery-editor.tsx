import type { EnvironmentDelivery } from '@quarterdeck/contracts';
import { putEnvironmentDelivery } from '@quarterdeck/contracts/applications';
import { ActionButton, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { ChangeConflict } from '../../platform/change-conflict.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t as words } from '../../platform/platform.messages.ts';
import { t } from './delivery.messages.ts';
import { fromPolicyDraft, type PolicyDraft, PolicyFields, toPolicyDraft } from './policy-fields.tsx';
import { careful, fromDraft, type StrategyDraft, toDraft } from './strategy-draft.ts';
import { StrategyFields } from './strategy-fields.tsx';

/** As it is sent, a fact on each line: drafts that are the same are the same text. */
function asSent(policy: PolicyDraft, strategies: readonly StrategyDraft[]): string {
  return JSON.stringify({ ...fromPolicyDraft(policy), strategies: strategies.map(fromDraft) }, undefined, 2);
}

const sentAs = ({ policy, pin, strategies }: EnvironmentDelivery) =>
  asSent(toPolicyDraft(policy, pin), strategies.map(toDraft));

/** The policy of an environment, and its strategies, of which the first is taken when a deployment names none. */
export function DeliveryEditor(props: {
  environment: { id: string; name: string; tier: string };
  /** As it is there now: asked for again while somebody types. */
  delivery: EnvironmentDelivery;
}) {
  const { environment, delivery } = props;
  /** What was read before the first key was pressed. */
  const [base, setBase] = useState(delivery);
  const [policy, setPolicy] = useState(() => toPolicyDraft(delivery.policy, delivery.pin));
  const [drafts, setDrafts] = useState<readonly StrategyDraft[]>(() => delivery.strategies.map(toDraft));
  const typed = asSent(policy, drafts);
  const isSaved = typed === sentAs(base);
  const isNewer = delivery.revision > base.revision;
  const isChanged = isNewer && !isSaved;
  const queries = useQueryClient();
  const queryKey = ['applications', 'delivery-of', environment.id];
  const refusal = useRefusal('environments:manage');
  const save = useMutation({
    mutationFn: () =>
      api.call(putEnvironmentDelivery, {
        params: { id: environment.id },
        // Over what the person sees, be it what they began with or what somebody else has made of it since.
        body: {
          ...fromPolicyDraft(policy),
          strategies: drafts.map(fromDraft),
          revision: isChanged ? delivery.revision : base.revision,
        },
      }) as Promise<EnvironmentDelivery>,
    onError: (error) => {
      if (problemOf(error).code === 'delivery_changed') void queries.invalidateQueries({ queryKey });
    },
    onSuccess: (saved) => {
      setBase(saved);
      queries.setQueryData(queryKey, saved);
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  function take(theirs: EnvironmentDelivery): void {
    setBase(theirs);
    setPolicy(toPolicyDraft(theirs.policy, theirs.pin));
    setDrafts(theirs.strategies.map(toDraft));
    save.reset();
  }
  if (isNewer && isSaved) take(delivery);
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
            {isChanged ? words.saveOverIt : t.saveFor(environment.name)}
          </ActionButton>
        </div>
      </div>
      {save.isSuccess && isSaved ? (
        <p className="muted" role="status">
          {t.saved}
        </p>
      ) : null}
      {problem === undefined || isChanged ? null : <ProblemAlert problem={problem} />}
      {isChanged ? (
        <ChangeConflict
          name={t.deliveryOf(environment.name)}
          target={environment.id}
          changedBy={delivery.changedBy}
          changedAt={delivery.changedAt}
          now={sentAs(delivery)}
          typed={typed}
          onTakeTheirs={() => take(delivery)}
        />
      ) : null}
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
