import type { explainAccess, Grant } from '@quarterdeck/contracts/access';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import type { z } from 'zod';
import { t } from './access.messages.ts';
import { nameOf } from './subject-name.tsx';

type Explanation = z.output<typeof explainAccess.response>;

const clusterStatuses = { allowed: 'healthy', denied: 'failed', unreachable: 'stale', not_asked: 'unknown' } as const;

/** Both locks, and what each of them rests on. */
export function Answer({ answer }: { answer: Explanation }) {
  const { allowed, summary, grant, missing, groups, cluster } = answer;
  return (
    <div className="stack">
      <section className="panel stack tight">
        <header>
          <h2>{t.portal}</h2>
          <StatusDot status={allowed ? 'healthy' : 'failed'}>{allowed ? t.allowed : t.denied}</StatusDot>
        </header>
        <p>{summary}</p>
        {grant === undefined ? null : <Grants title={t.deciding} grants={[grant]} />}
        {missing === undefined ? null : (
          <>
            {missing.grants.length === 0 ? null : <Grants title={t.nearest} grants={missing.grants} />}
            {missing.roles.length === 0 ? null : (
              <p className="words">
                <span className="muted">{t.wouldDo}</span>
                {missing.roles.map(({ id, name }) => (
                  <span key={id} className="badge">
                    {name}
                  </span>
                ))}
              </p>
            )}
          </>
        )}
      </section>
      <section className="panel stack tight">
        <header>
          <h2>{t.theCluster}</h2>
          <StatusDot status={clusterStatuses[cluster.answer]}>{t.clusterAnswers[cluster.answer]}</StatusDot>
        </header>
        {cluster.question === undefined ? null : <code>{cluster.question}</code>}
        <p className="muted">{cluster.detail ?? (cluster.answer === 'not_asked' ? t.notAskedHelp : '')}</p>
        {groups.length === 0 ? null : (
          <p className="muted words">
            {t.inClusters}
            {groups.map((group) => (
              <code key={group}>{group}</code>
            ))}
          </p>
        )}
      </section>
    </div>
  );
}

function Grants({ title, grants }: { title: string; grants: readonly Grant[] }) {
  return (
    <div>
      <span className="muted">{title}</span>
      <ul className="plain-list">
        {grants.map((grant) => (
          <li key={grant.id} className="row wrap">
            <strong>{grant.role}</strong> {nameOf(grant.subject)} <span className="muted">{grant.scopeName}</span>
            {grant.expired ? (
              <span className="badge warn">
                {t.ended} <AgeText at={grant.expiresAt} />
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
