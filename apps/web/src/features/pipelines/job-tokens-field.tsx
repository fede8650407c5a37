import { t } from './pipelines.messages.ts';

/** Whether jobs may come with the token that every job has, with why they had better not. */
export function JobTokensField(props: {
  value: boolean;
  /** Why it cannot be turned on. */
  reason: string | undefined;
  onChange: (value: boolean) => void;
}) {
  const { value, reason } = props;
  return (
    <label className="option">
      <input
        type="checkbox"
        checked={value}
        disabled={reason !== undefined}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <span>
        {t.takeJobTokens} <span className="muted">{t.jobTokensHelp}</span>
        {reason === undefined ? null : <span className="reason"> {reason}</span>}
      </span>
    </label>
  );
}
