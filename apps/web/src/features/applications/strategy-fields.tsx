import { Field } from '@quarterdeck/ui';
import { Choice } from './choice.tsx';
import { t } from './delivery.messages.ts';
import { newWave, type StrategyDraft, type WaveDraft } from './strategy-draft.ts';

/** One strategy: how it stops and whom it waits for, and its waves in order. */
export function StrategyFields(props: {
  draft: StrategyDraft;
  errorAt: (pointer: string) => string | undefined;
  onChange: (draft: StrategyDraft) => void;
}) {
  const { draft, errorAt, onChange } = props;
  const set = (part: Partial<StrategyDraft>) => onChange({ ...draft, ...part });
  const setWave = (index: number, wave: WaveDraft | undefined) =>
    set({ waves: draft.waves.flatMap((old, at) => (at === index ? (wave === undefined ? [] : [wave]) : [old])) });
  return (
    <div className="stack">
      <div className="row align-start wrap">
        <Field label={t.name} error={errorAt('/name')}>
          {(common) => <input {...common} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <Choice
          label={t.onFailure}
          value={draft.onFailure}
          words={{ policy: t.byPolicy, ...t.onFailureWords }}
          onChange={(onFailure) => set({ onFailure })}
        />
        <Choice
          label={t.unreachable}
          value={draft.unreachable}
          words={{ policy: t.byPolicy, ...t.unreachableWords }}
          onChange={(unreachable) => set({ unreachable })}
        />
        <Choice
          label={t.supersede}
          value={draft.supersede}
          words={t.supersedeWords}
          onChange={(supersede) => set({ supersede })}
        />
        <Field label={t.approvalsBefore} help={t.strategyApprovalsHelp} error={errorAt('/approval')}>
          {(common) => (
            <input
              {...common}
              inputMode="numeric"
              value={draft.approvals}
              onChange={(event) => set({ approvals: event.target.value })}
            />
          )}
        </Field>
      </div>
      {draft.waves.map((wave, index) => (
        <WaveFields
          key={String(index)}
          number={index + 1}
          wave={wave}
          errorAt={(pointer) => errorAt(`/waves/${index}${pointer}`)}
          onChange={(changed) => setWave(index, changed)}
          onRemove={draft.waves.length === 1 ? undefined : () => setWave(index, undefined)}
        />
      ))}
      <div>
        <button
          type="button"
          className="button small"
          onClick={() => set({ waves: [newWave(draft.waves.length), ...draft.waves] })}
        >
          {t.addWave}
        </button>
      </div>
    </div>
  );
}

function WaveFields(props: {
  number: number;
  wave: WaveDraft;
  errorAt: (pointer: string) => string | undefined;
  onChange: (wave: WaveDraft) => void;
  onRemove: (() => void) | undefined;
}) {
  const { number, wave, errorAt, onChange, onRemove } = props;
  const text = (key: 'name' | 'maxConcurrent' | 'failureBudget' | 'soakSeconds', label: string, help?: string) => (
    <Field label={label} help={help} error={errorAt(`/${key}`)}>
      {(common) => (
        <input {...common} value={wave[key]} onChange={(event) => onChange({ ...wave, [key]: event.target.value })} />
      )}
    </Field>
  );
  return (
    <fieldset className="stack tight">
      <legend>{t.wave(number)}</legend>
      <div className="wave-fields">
        {text('name', t.name)}
        <Choice
          label={t.selects}
          value={wave.kind}
          words={t.selectWords}
          onChange={(kind) => onChange({ ...wave, kind, value: kind === 'percent' ? '50' : '' })}
        />
        {wave.kind === 'rest' ? (
          <p className="error">{errorAt('/select')}</p>
        ) : (
          <Field
            label={wave.kind === 'labels' ? t.labels : t.percent}
            help={wave.kind === 'labels' ? t.labelsHelp : t.percentHelp}
            error={errorAt('/select')}
          >
            {(common) => (
              <input
                {...common}
                value={wave.value}
                onChange={(event) => onChange({ ...wave, value: event.target.value })}
              />
            )}
          </Field>
        )}
        {text('maxConcurrent', t.atOnce)}
        {text('failureBudget', t.mayFail, t.mayFailHelp)}
        {text('soakSeconds', t.soak)}
        <Field label={t.approvals} error={errorAt('/approval')}>
          {(common) => (
            <input
              {...common}
              inputMode="numeric"
              value={wave.approvals}
              onChange={(event) => onChange({ ...wave, approvals: event.target.value })}
            />
          )}
        </Field>
        {onRemove === undefined ? null : (
          <button type="button" className="button small end" aria-label={t.removeWave(number)} onClick={onRemove}>
            {t.remove}
          </button>
        )}
      </div>
    </fieldset>
  );
}
