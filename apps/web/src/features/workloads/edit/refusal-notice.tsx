import type { EditRefusal } from '@quarterdeck/contracts';
import { t } from './edit.messages.ts';

/** Why a text is not taken, with the lines that are meant. */
export function RefusalNotice({ refusal, onLine }: { refusal: EditRefusal; onLine: (line: number) => void }) {
  return (
    <div className="notice failed" role="alert">
      <div className="stack grow">
        <strong>{t.refused}</strong>
        <p>{refusal.detail}</p>
        {refusal.places.length === 0 ? null : (
          <ul className="plain-list stack">
            {refusal.places.map(({ field, line, detail }) => (
              <li key={`${field ?? ''} ${line ?? ''} ${detail}`} className="row wrap">
                {line === undefined ? null : (
                  <button type="button" className="button small" onClick={() => onLine(line)}>
                    {t.toLine(line)}
                  </button>
                )}
                {field === undefined ? null : <code>{field}</code>}
                {detail === refusal.detail ? null : <span>{detail}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
