import type { DriftObject, TargetDrift } from '@quarterdeck/contracts';
import { AgeText, CodeDiff, StatusDot } from '@quarterdeck/ui';
import { t } from './drift.messages.ts';

export type ComparedObject = DriftObject & { before?: string | undefined; after?: string | undefined };

/** All but what is not ours, was not told, or is in a cluster that cannot be asked now. */
export function canTakeBack(target: TargetDrift, { drift, isOurs }: DriftObject): boolean {
  return target.state === 'drifted' && drift !== 'unknown' && isOurs;
}

/** An object that is not as it was put: who changed which field when, and what taking back would do. */
export function DriftedObject(props: {
  target: TargetDrift;
  object: ComparedObject;
  chosen: boolean;
  onChoose: (chosen: boolean) => void;
}) {
  const { target, object, chosen } = props;
  const { kind, name, drift, fields, before, after } = object;
  return (
    <section className="panel stack" aria-label={`${kind} ${name} ${target.cluster}`}>
      <div className="spread">
        <label className="row">
          <input
            type="checkbox"
            aria-label={t.choose(kind, name, target.cluster)}
            disabled={!canTakeBack(target, object)}
            checked={chosen}
            onChange={(event) => props.onChoose(event.target.checked)}
          />
          <h2>
            {kind} {name}
          </h2>
          <span className="badge">{target.cluster}</span>
          <span className="muted">{target.namespace}</span>
        </label>
        <span className="row">
          <StatusDot status={drift === 'unknown' ? 'unknown' : 'degraded'}>{t.kinds[drift]}</StatusDot>
          <span className="muted">
            {t.seen} <AgeText at={object.since} />
          </span>
        </span>
      </div>
      {drift === 'deleted' ? <p>{t.willBeMade}</p> : null}
      {drift === 'replaced' ? <p>{object.isOurs ? t.willBeAdopted : t.foreign}</p> : null}
      {object.detail === undefined ? null : <p className="reason">{object.detail}</p>}
      {fields.length === 0 ? null : (
        <ul className="plain-list">
          {fields.map((field) => (
            <li key={field.path} className="row wrap">
              <code className="breakable">{field.path}</code>
              <span className="muted">
                {field.manager === undefined ? t.takenAway : t.by(field.manager)}{' '}
                {field.at === undefined ? null : <AgeText at={field.at} />}
              </span>
            </li>
          ))}
        </ul>
      )}
      {after === undefined || before === undefined || before === after ? null : (
        <details open>
          <summary>{t.isAndWas}</summary>
          <CodeDiff label={t.diffOf(kind, name, target.cluster)} before={before} after={after} />
        </details>
      )}
    </section>
  );
}
