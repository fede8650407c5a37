import type { EditableObject, EditPreview, EditRefusal } from '@quarterdeck/contracts';
import { previewEdit, readEditable, saveEdit } from '@quarterdeck/contracts/object-edits';
import { ActionButton, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { CodeEditor, type LineMark } from '@quarterdeck/ui/code-editor';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, problemOf } from '../../../platform/api.ts';
import { useRefusal } from '../../../platform/me.tsx';
import { ConfirmLeave, UnsavedGuard } from '../../../platform/unsaved-guard.tsx';
import type { Address } from '../workloads.queries.ts';
import { t } from './edit.messages.ts';
import { editableQuery } from './edit.queries.ts';
import { EditConflict } from './edit-conflict.tsx';
import { EditPreviewPanel } from './edit-preview.tsx';
import { ObjectOwners } from './object-owners.tsx';
import { RefusalNotice } from './refusal-notice.tsx';

/** Edits one object of a cluster: text, then what saving comes to, then Save. */
export function EditObject(props: { address: Address; onClose: () => void; onSaved: (said: string) => void }) {
  const [values, setValues] = useState(false);
  const live = useQuery(editableQuery(props.address, values));
  if (live.isPending) return <Skeleton rows={16} />;
  if (live.data === undefined)
    return <ProblemAlert problem={problemOf(live.error)} onRetry={() => void live.refetch()} />;
  return (
    <Editor
      key={String(values)}
      {...props}
      latest={live.data}
      onShowValues={values ? undefined : () => setValues(true)}
    />
  );
}

type Stage =
  | { at: 'text'; refusal?: EditRefusal }
  | { at: 'preview'; preview: EditPreview }
  | { at: 'conflict'; theirs: EditableObject };

function Editor(props: {
  address: Address;
  /** As the cluster has it now; what it was when the editor opened is kept. */
  latest: EditableObject;
  onShowValues: (() => void) | undefined;
  onClose: () => void;
  onSaved: (said: string) => void;
}) {
  const { address, latest } = props;
  const { clusterId, cluster: _cluster, ...place } = address;
  const queries = useQueryClient();
  const [base, setBase] = useState(latest);
  const [text, setText] = useState(latest.yaml);
  const [stage, setStage] = useState<Stage>({ at: 'text' });
  const [marks, setMarks] = useState<readonly LineMark[]>([]);
  const [movedOn, setMovedOn] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const readSecrets = useRefusal('workloads:read-secrets');
  const params = { id: clusterId, ...place };
  const isDirty = text !== base.yaml;

  /** It was overtaken: by something that the form does not show, and it goes on; else both are brought together. */
  async function overtaken(problem: unknown, goOn: (on: EditableObject) => void): Promise<void> {
    if (problemOf(problem).code !== 'object_changed') return;
    const query = { values: base.masked ? ('false' as const) : ('true' as const) };
    const theirs = await api.call(readEditable, { params, query });
    if (theirs.yaml !== base.yaml) return setStage({ at: 'conflict', theirs });
    setBase(theirs);
    goOn(theirs);
  }

  const preview = useMutation({
    mutationFn: ({ yaml, on }: { yaml: string; on: EditableObject }) =>
      api.call(previewEdit, { params, body: { yaml, uid: on.uid, resourceVersion: on.resourceVersion } }),
    onSuccess(found) {
      const { refusal } = found;
      setMarks(refusal === undefined ? [] : marksOf(refusal));
      setStage(refusal === undefined ? { at: 'preview', preview: found } : { at: 'text', refusal });
    },
    onError: (error, { yaml }) => overtaken(error, (on) => preview.mutate({ yaml, on })),
  });
  const save = useMutation({
    mutationFn: () =>
      api.call(
        saveEdit,
        { params, body: { yaml: text, uid: base.uid, resourceVersion: base.resourceVersion } },
        { idempotencyKey: crypto.randomUUID() },
      ),
    async onSuccess({ changed }) {
      await queries.invalidateQueries({ queryKey: ['workloads', 'live'] });
      props.onSaved(changed ? t.saved : t.savedUnchanged);
    },
    onError: (error) =>
      overtaken(error, (on) => {
        setMovedOn(true);
        preview.mutate({ yaml: text, on });
      }),
  });

  const ask = () => {
    setMovedOn(false);
    save.reset();
    if (isDirty && !preview.isPending) preview.mutate({ yaml: text, on: base });
  };
  useSaveKey(() => {
    if (stage.at === 'text') ask();
  });

  const failed = [save, preview].find((one) => one.isError && problemOf(one.error).code !== 'object_changed');
  return (
    <>
      <UnsavedGuard isOn={isDirty && !save.isSuccess} what={t.what(address.name)} />
      {isLeaving ? (
        <ConfirmLeave what={t.what(address.name)} onLeave={props.onClose} onStay={() => setIsLeaving(false)} />
      ) : null}
      <ObjectOwners owners={base.owners} />
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed.error)} />}
      {stage.at === 'text' && latest.yaml !== base.yaml ? (
        <div className="notice degraded" role="status">
          <span className="grow">{t.changedBar}</span>
          <button type="button" className="button small" onClick={() => setStage({ at: 'conflict', theirs: latest })}>
            {t.bringTogether}
          </button>
        </div>
      ) : null}
      {stage.at === 'conflict' ? (
        <EditConflict
          name={address.name}
          base={base.yaml}
          yours={text}
          theirs={stage.theirs.yaml}
          onMerged={(merged) => {
            setBase(stage.theirs);
            setText(merged);
            setStage({ at: 'text' });
            if (merged !== stage.theirs.yaml) preview.mutate({ yaml: merged, on: stage.theirs });
          }}
          onDrop={() => {
            setBase(stage.theirs);
            setText(stage.theirs.yaml);
            setStage({ at: 'text' });
          }}
        />
      ) : null}
      {/* The text keeps its undo while its preview is looked at. */}
      <section className="panel stack" aria-label={t.edit} hidden={stage.at !== 'text'}>
        <div className="spread wrap">
          <span className="row wrap">
            <span className={isDirty ? 'badge warn' : 'badge'}>{isDirty ? t.unsaved : t.unchanged}</span>
            <span className="muted">{t.previewHint}</span>
          </span>
          <span className="row">
            <button type="button" className="button" onClick={() => (isDirty ? setIsLeaving(true) : props.onClose())}>
              {t.close}
            </button>
            <ActionButton reason={isDirty ? undefined : t.changeFirst} onClick={() => setText(base.yaml)}>
              {t.revert}
            </ActionButton>
            <ActionButton
              kind="primary"
              reason={isDirty ? undefined : t.changeFirst}
              pending={preview.isPending}
              onClick={ask}
            >
              {preview.isPending ? t.previewing : t.preview}
            </ActionButton>
          </span>
        </div>
        {base.masked ? (
          <p className="notice">
            <span className="grow">{t.maskedHint}</span>
            {props.onShowValues === undefined ? null : (
              <ActionButton
                small
                reason={readSecrets ?? (isDirty ? t.revertFirst : undefined)}
                onClick={props.onShowValues}
              >
                {t.showValues}
              </ActionButton>
            )}
          </p>
        ) : address.group === 'core' && address.plural === 'secrets' ? (
          <p className="notice degraded">{t.valuesHint}</p>
        ) : null}
        {stage.at === 'text' && stage.refusal !== undefined ? (
          <RefusalNotice refusal={stage.refusal} onLine={(line) => setMarks(firstAt(marks, line))} />
        ) : null}
        <CodeEditor label={t.editing(address.name)} language="yaml" value={text} marks={marks} onChange={setText} />
      </section>
      {stage.at === 'preview' ? (
        <section className="panel stack" aria-label={t.result}>
          <div className="spread wrap">
            <h2>{t.result}</h2>
            <span className="row">
              <button type="button" className="button" onClick={() => setStage({ at: 'text' })}>
                {t.back}
              </button>
              <ActionButton
                kind="primary"
                reason={stage.preview.change === 'unchanged' ? t.nothingToSave : undefined}
                pending={save.isPending}
                onClick={() => save.mutate()}
              >
                {save.isPending ? t.saving : t.save}
              </ActionButton>
            </span>
          </div>
          {movedOn ? (
            <p className="notice degraded" role="status">
              {t.movedOn}
            </p>
          ) : null}
          <EditPreviewPanel name={address.name} preview={stage.preview} />
        </section>
      ) : null}
    </>
  );
}

function marksOf({ places }: EditRefusal): LineMark[] {
  return places.flatMap(({ line, detail }) => (line === undefined ? [] : { line, detail }));
}

/** The editor goes to the first mark. */
function firstAt(marks: readonly LineMark[], line: number): LineMark[] {
  return marks.toSorted((a, b) => Number(b.line === line) - Number(a.line === line));
}

/** Ctrl+S, or ⌘S, wherever the focus is: the browser's own would save the page. */
function useSaveKey(onKey: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      onKey();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  });
}
