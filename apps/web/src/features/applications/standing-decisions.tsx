import type { Application, FieldRule } from '@quarterdeck/contracts';
import { deleteFieldRule, listFieldRules } from '@quarterdeck/contracts/release-decisions';
import { ActionButton, AgeText, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { useRejectedImages } from '../../platform/rejected-images.ts';
import { releasePath } from '../../platform/release-status.ts';
import { t } from './applications.messages.ts';

/** What people and failures have decided for releases to come: fields of others, images that were rolled back. */
export function StandingDecisions({ application }: { application: Application }) {
  return (
    <>
      <RejectedImages application={application} />
      <FieldRules application={application} />
    </>
  );
}

function RejectedImages({ application }: { application: Application }) {
  const { query, forgive, refusal } = useRejectedImages(application.id);
  const items = query.data?.items ?? [];
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (items.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.rejectedImages}>
      <div>
        <h2>{t.rejectedImages}</h2>
        <p className="muted">{t.rejectedHint}</p>
      </div>
      {forgive.isError ? <ProblemAlert problem={problemOf(forgive.error)} /> : null}
      <ul className="plain-list decision-rows">
        {items.map((item) => (
          <li key={item.id} className="spread wrap">
            <span className="breakable">
              <code>{item.reference}</code>
              <span className="muted">
                {' '}
                {item.environment} ·{' '}
                <Link
                  to={releasePath({
                    project: application.project,
                    application: application.slug,
                    environment: item.environment,
                    number: item.releaseNumber,
                  })}
                >
                  #{item.releaseNumber}
                </Link>
                , <AgeText at={item.createdAt} />
              </span>
            </span>
            <ActionButton
              small
              reason={refusal}
              pending={forgive.isPending && forgive.variables === item.id}
              onClick={() => forgive.mutate(item.id)}
            >
              {t.forgive}
            </ActionButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FieldRules({ application }: { application: Application }) {
  const queries = useQueryClient();
  const queryKey = ['applications', 'field-rules', application.id];
  const refusal = useRefusal('releases:take-over');
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.call(listFieldRules, { params: { id: application.id } }, { signal }),
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.call(deleteFieldRule, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  });
  const items = query.data?.items ?? [];
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (items.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.fieldRules}>
      <div>
        <h2>{t.fieldRules}</h2>
        <p className="muted">{t.fieldRulesHint}</p>
      </div>
      {remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : null}
      <ul className="plain-list decision-rows">
        {items.map((rule) => (
          <li key={rule.id} className="spread wrap">
            <span className="breakable">
              {rule.kind} {rule.name} {rule.field === '' ? null : <code>{rule.field}</code>}{' '}
              <strong>{words(rule)}</strong>
              <span className="muted">
                {' '}
                {rule.environment} · {rule.cluster} · {t.decidedBy(rule.decidedBy)}, <AgeText at={rule.createdAt} />
              </span>
            </span>
            <ActionButton
              small
              reason={refusal}
              pending={remove.isPending && remove.variables === rule.id}
              onClick={() => remove.mutate(rule.id)}
            >
              {t.askAgain}
            </ActionButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

function words({ choice, manager }: FieldRule): string {
  if (choice === 'yield') return t.leftTo(manager ?? t.others);
  return choice === 'take' ? t.takenFrom(manager ?? t.others) : t.adopted;
}
