import type { UpgradePreview } from '@quarterdeck/contracts';
import { CodeBlock } from '@quarterdeck/ui';
import { fieldPath } from '../../platform/field-path.ts';
import { t } from './upgrade.messages.ts';

type Change = UpgradePreview['changes'][number];

/** Each change once, however many objects it is made to. */
export function UpgradeChanges({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.changes}>
      <h2>{t.changes}</h2>
      {changes.map((change, index) => (
        <details key={`${change.change} ${change.kind} ${JSON.stringify(change.fields)}`} open={changes.length <= 4}>
          <summary>{t.changeTitle(index + 1, t.words[change.change], change.kind, change.objects)}</summary>
          <div className="stack tight">
            <p className="muted">{t.example(change.example.name, change.example.place)}</p>
            {change.fields.length === 0 ? null : <Fields fields={change.fields} />}
            {change.example.manifest === undefined ? null : <CodeBlock code={change.example.manifest} />}
          </div>
        </details>
      ))}
    </section>
  );
}

function Fields({ fields }: { fields: Change['fields'] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t.field}</th>
          <th>{t.before}</th>
          <th>{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ pointer, before, after }) => (
          <tr key={pointer}>
            <td className="wrap">
              <code className="breakable">{fieldPath(pointer)}</code>
            </td>
            <td className="wrap">
              {before === undefined ? (
                <span className="muted">{t.unset}</span>
              ) : (
                <code className="breakable">{before}</code>
              )}
            </td>
            <td className="wrap">
              {after === undefined ? (
                <span className="muted">{t.unset}</span>
              ) : (
                <code className="breakable">{after}</code>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
