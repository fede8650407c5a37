import type { Comparison } from '@quarterdeck/contracts';
import { CodeDiff, StatusDot } from '@quarterdeck/ui';
import { fieldPath } from '../../platform/field-path.ts';
import { t } from './compare.messages.ts';
import { mergeSame } from './merge-same.ts';
import { t as words } from './releases.messages.ts';

type Leaf = Comparison['parameters'][number];

/** What differs between two releases or two clusters; what is alike in several clusters is told once. */
export function ComparisonView({ comparison }: { comparison: Comparison }) {
  const { images, parameters, items } = comparison;
  const changed = items.filter(({ change }) => change !== 'unchanged');
  if (images.length + parameters.length + changed.length === 0)
    return (
      <section className="panel">
        <StatusDot status="healthy">{t.identical}</StatusDot>
      </section>
    );
  return (
    <>
      <section className="panel stack">
        <h2>{t.images}</h2>
        {images.length === 0 ? <p className="muted">{t.sameImages}</p> : null}
        {images.length === 0 ? null : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t.slot}</th>
                <th scope="col">{t.before}</th>
                <th scope="col">{t.after}</th>
              </tr>
            </thead>
            <tbody>
              {images.map(({ slot, before, after }) => (
                <tr key={slot}>
                  <th scope="row">{slot}</th>
                  <td>{before === undefined ? t.unset : <code className="breakable">{before}</code>}</td>
                  <td>{after === undefined ? t.unset : <code className="breakable">{after}</code>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section className="panel stack">
        <h2>{t.parameters}</h2>
        {parameters.length === 0 ? <p className="muted">{t.sameParameters}</p> : <Parameters leaves={parameters} />}
      </section>
      <section className="panel stack">
        <h2>{t.manifests}</h2>
        {changed.length === 0 ? <p className="muted">{t.sameManifests(items.length)}</p> : null}
        {mergeSame(changed).map(({ item, clusters }) => (
          <details key={`${clusters.join()} ${item.kind} ${item.name}`} open>
            <summary>
              {words.changeOf(words.changeWords[item.change], item.kind, item.name)}
              <span className="muted"> · {clusters.join(', ')}</span>
            </summary>
            <CodeDiff
              label={words.changesOf(item.kind, item.name, clusters.join(', '))}
              before={item.before ?? ''}
              after={item.after ?? ''}
            />
          </details>
        ))}
        {changed.length > 0 && items.length > changed.length ? (
          <p className="muted">{t.unchanged(items.length - changed.length)}</p>
        ) : null}
      </section>
    </>
  );
}

function Parameters({ leaves }: { leaves: readonly Leaf[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t.field}</th>
          <th scope="col">{t.before}</th>
          <th scope="col">{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {leaves.map((leaf) => (
          <tr key={leaf.pointer}>
            <th scope="row">
              <code className="breakable">{fieldPath(leaf.pointer)}</code>
            </th>
            <Value value={leaf.before} from={leaf.beforeFrom} />
            <Value value={leaf.after} from={leaf.afterFrom} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ value, from }: { value: unknown; from: Leaf['beforeFrom'] }) {
  return (
    <td>
      {value === undefined ? (
        <span className="muted">{t.unset}</span>
      ) : (
        <code className="breakable">{typeof value === 'string' ? value : JSON.stringify(value)}</code>
      )}
      {from === undefined ? null : (
        <div className="muted">{t.source(t.from[from.layer], from.revision, from.author)}</div>
      )}
    </td>
  );
}
