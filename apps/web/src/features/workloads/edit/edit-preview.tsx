import type { EditPreview, FieldChange, ObjectOwner } from '@quarterdeck/contracts';
import { AgeText, CodeDiff } from '@quarterdeck/ui';
import { t } from './edit.messages.ts';

/** What saving an edited object comes to: warnings, the diff, and who wrote each field that changes. */
export function EditPreviewPanel({ name, preview }: { name: string; preview: EditPreview }) {
  const { warnings, after, before, fields, change } = preview;
  return (
    <div className="stack">
      {warnings.length === 0 ? null : (
        <div className="notice degraded">
          <div className="stack">
            <strong>{t.warnings}</strong>
            {warnings.map((warning) => (
              <p key={warning}>{warning}</p>
            ))}
          </div>
        </div>
      )}
      {change === 'unchanged' ? <p className="notice">{t.noChange}</p> : null}
      {after === undefined || change === 'unchanged' ? null : (
        <CodeDiff label={t.diffOf(name)} before={before} after={after} />
      )}
      {fields.length === 0 ? null : <Fields fields={fields} owners={preview.owners} />}
    </div>
  );
}

function Fields({ fields, owners }: { fields: readonly FieldChange[]; owners: readonly ObjectOwner[] }) {
  const release = owners.find((owner) => owner.kind === 'release');
  return (
    <section className="stack" aria-label={t.fields}>
      <h3>{t.fields}</h3>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.field}</th>
            <th scope="col">{t.owner}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.path}>
              <td>
                <code>{field.path}</code>
              </td>
              <td>
                {field.owners.length === 0 ? <span className="muted">{t.nobody}</span> : null}
                {field.owners.map(({ manager, operation, subresource, at }, index) => (
                  <span key={`${manager} ${operation} ${subresource ?? ''}`}>
                    {index === 0 ? '' : ', '}
                    <code>{manager}</code> {subresource} <AgeText at={at} />
                    {release?.manager === manager ? (
                      <span className="badge warn">
                        {release.release === undefined ? t.undoesUnseen : t.undoes(release.release.number)}
                      </span>
                    ) : null}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
