import type { ImagePin, Strategy } from '@quarterdeck/contracts';
import { putEnvironmentDelivery } from '@quarterdeck/contracts/applications';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './delivery.messages.ts';

/** What becomes of a tag whose registry does not answer; saved as it is chosen. */
export function ImagePinField(props: {
  environment: { id: string; name: string };
  delivery: { strategies: Strategy[]; pin?: ImagePin };
}) {
  const { environment, delivery } = props;
  const queries = useQueryClient();
  const refusal = useRefusal('environments:manage');
  const save = useMutation({
    mutationFn: (pin: ImagePin) =>
      api.call(putEnvironmentDelivery, {
        params: { id: environment.id },
        body: { strategies: delivery.strategies, pin },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['applications', 'delivery-of', environment.id] }),
  });
  const pin = save.variables ?? delivery.pin ?? 'preferred';
  return (
    <section className="panel stack" aria-label={t.images}>
      <h2>{t.images}</h2>
      <div className="field">
        <label htmlFor="image-pin">{t.pin}</label>
        <select
          id="image-pin"
          value={pin}
          disabled={refusal !== undefined || save.isPending}
          title={refusal}
          onChange={(event) => save.mutate(event.target.value as ImagePin)}
        >
          <option value="preferred">{t.pinPreferred}</option>
          <option value="required">{t.pinRequired}</option>
        </select>
        <span className="help" role="status">
          {save.isSuccess ? `${t.saved} ` : ''}
          {t.pinHelp[pin]}
        </span>
      </div>
      {save.isError ? <ProblemAlert problem={problemOf(save.error)} /> : null}
    </section>
  );
}
