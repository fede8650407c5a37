import type { Application, ClientOutput } from '@quarterdeck/contracts';
import { type getApplicationTemplate, setApplicationTemplate } from '@quarterdeck/contracts/parameters';
import { ActionButton, AgeText, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { parametersKey } from '../../platform/parameters.ts';
import { t } from './templates.messages.ts';

type Pins = ClientOutput<typeof getApplicationTemplate>;
type Pin = Pins['items'][number];

/** Which template version is followed where, and whether there is a newer one. */
export function PinsPanel({ application, pins }: { application: Application; pins: UseQueryResult<Pins> }) {
  const queries = useQueryClient();
  const refusal = useRefusal('parameters:write');
  const follow = useMutation({
    mutationFn: ({ environmentId, newer }: Pin) =>
      api.call(setApplicationTemplate, {
        params: { id: application.id },
        body: {
          ...(environmentId === undefined ? {} : { environmentId }),
          templateVersionId: newer?.templateVersionId as never,
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: parametersKey }),
  });
  const nameOf = (pin: Pin) =>
    application.environments.find(({ environmentId }) => environmentId === pin.environmentId)?.name ??
    t.wholeApplication;
  return (
    <section className="panel stack" aria-label={t.follows}>
      <h2>{t.follows}</h2>
      {pins.isPending ? <Skeleton rows={3} /> : null}
      {pins.isError ? <ProblemAlert problem={problemOf(pins.error)} onRetry={() => void pins.refetch()} /> : null}
      {follow.isError ? <ProblemAlert problem={problemOf(follow.error)} /> : null}
      {pins.data?.items.length === 0 ? <p className="muted">{t.followsNone}</p> : null}
      {pins.data?.items.map((pin) => (
        <div key={pin.environmentId ?? 'application'} className="stack tight">
          <span className="row wrap">
            <strong>{nameOf(pin)}</strong>
            <Link to="/templates/$name" params={{ name: pin.template }}>
              {pin.title}
            </Link>
            <code>{pin.version}</code>
            {pin.state === 'published' ? null : <span className="badge warn">{t.states[pin.state]}</span>}
            {pin.newer === undefined ? null : (
              <>
                <span className="badge">{t.newer(pin.newer.version)}</span>
                <ActionButton small reason={refusal} pending={follow.isPending} onClick={() => follow.mutate(pin)}>
                  {t.takeNewer(pin.newer.version)}
                </ActionButton>
              </>
            )}
          </span>
          <span className="muted">
            {t.savedBy(pin.changedBy)} <AgeText at={pin.changedAt} />
          </span>
        </div>
      ))}
      <p className="muted">{t.savedHint}</p>
    </section>
  );
}
