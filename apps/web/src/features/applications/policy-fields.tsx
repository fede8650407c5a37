import type { DeliveryPolicy, ImagePin } from '@quarterdeck/contracts';
import { Field } from '@quarterdeck/ui';
import { Choice } from './choice.tsx';
import { t } from './delivery.messages.ts';

/** A policy as it is typed, with what becomes of tags. */
export type PolicyDraft = Omit<DeliveryPolicy, 'approvals'> & { approvals: string; pin: ImagePin };

/** Field by field, so that two drafts of the same policy are the same text. */
export const toPolicyDraft = (policy: DeliveryPolicy, pin: ImagePin): PolicyDraft => ({
  approvals: String(policy.approvals),
  ownApproval: policy.ownApproval,
  onFailure: policy.onFailure,
  unreachable: policy.unreachable,
  pin,
});

/** As the API takes it; what is no number is sent as it is, so that the answer names the field. */
export const fromPolicyDraft = ({
  pin,
  approvals,
  ...rest
}: PolicyDraft): { policy: DeliveryPolicy; pin: ImagePin } => ({
  policy: { ...rest, approvals: approvals.trim() === '' ? 0 : Number(approvals) },
  pin,
});

/** What holds for every release of an environment, whichever strategy it goes by. */
export function PolicyFields(props: {
  policy: PolicyDraft;
  environment: { name: string; tier: string };
  errorAt: (pointer: string) => string | undefined;
  onChange: (policy: PolicyDraft) => void;
}) {
  const { policy, environment, errorAt, onChange } = props;
  const set = (part: Partial<PolicyDraft>) => onChange({ ...policy, ...part });
  const waives = environment.tier === 'production' && policy.unreachable === 'skip';
  return (
    <section className="panel stack" aria-label={t.policy}>
      <div>
        <h3>{t.policy}</h3>
        <p className="muted">{t.policyHelp(environment.name)}</p>
      </div>
      <div className="row align-start wrap">
        <Field label={t.approvalsBefore} help={t.policyApprovalsHelp} error={errorAt('/approvals')}>
          {(common) => (
            <input
              {...common}
              inputMode="numeric"
              value={policy.approvals}
              onChange={(event) => set({ approvals: event.target.value })}
            />
          )}
        </Field>
        <Choice
          label={t.ownApproval}
          value={policy.ownApproval ? 'counts' : 'refused'}
          words={t.ownApprovalWords}
          onChange={(word) => set({ ownApproval: word === 'counts' })}
        />
        <Choice
          label={t.unreachable}
          help={waives ? t.skipsInProduction : undefined}
          value={policy.unreachable}
          words={t.unreachableWords}
          onChange={(unreachable) => set({ unreachable })}
        />
        <Choice
          label={t.onFailure}
          value={policy.onFailure}
          words={t.onFailureWords}
          onChange={(onFailure) => set({ onFailure })}
        />
        <Choice
          label={t.pin}
          help={t.pinHelp[policy.pin]}
          value={policy.pin}
          words={t.pinWords}
          onChange={(pin) => set({ pin })}
        />
      </div>
    </section>
  );
}
