import { Field } from '@quarterdeck/ui';
import { t } from './pipelines.messages.ts';

/** The CA of a server whose certificate is not publicly trusted, folded away from those who need none. */
export function AuthorityField(props: {
  value: string;
  error: string | undefined;
  onChange: (caPem: string) => void;
  /** What stands before the text to paste. */
  help?: string;
}) {
  return (
    <details open={props.error !== undefined || undefined}>
      <summary>{t.authority}</summary>
      <Field label={t.authorityHelp} help={props.help} error={props.error}>
        {(common) => (
          <textarea
            {...common}
            rows={4}
            value={props.value}
            placeholder="-----BEGIN CERTIFICATE-----"
            onChange={(event) => props.onChange(event.target.value)}
          />
        )}
      </Field>
    </details>
  );
}
