import { Field } from '@quarterdeck/ui';
import { t } from './releases.messages.ts';

/** Which of the environment's strategies it goes by; nothing to choose where there is none. */
export function StrategyField(props: {
  strategies: readonly { name: string; waves: readonly { name: string }[] }[];
  chosen: string | undefined;
  onChange: (name: string) => void;
}) {
  const { strategies, chosen, onChange } = props;
  const current = strategies.find(({ name }) => name === chosen) ?? strategies[0];
  if (current === undefined) return null;
  return (
    <Field label={t.strategy} help={t.strategyHelp(current.waves.map(({ name }) => name))}>
      {(common) => (
        <select {...common} value={current.name} onChange={(event) => onChange(event.target.value)}>
          {strategies.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
