import type { ReleasePreview } from '@quarterdeck/contracts';
import { CodeDiff, CopyButton, StatusDot } from '@quarterdeck/ui';
import { useState } from 'react';

type Target = ReleasePreview['targets'][number];

const levels = { info: 'updating', warn: 'degraded', block: 'failed' } as const;

/** What a deployment would do: a line for all, then per cluster the findings, the diff and the manifests. */
export function PreviewPanel({ preview, dimmed }: { preview: ReleasePreview; dimmed: boolean }) {
  const [view, setView] = useState<'diff' | 'yaml'>('diff');
  const objects = preview.targets.flatMap((target) => target.objects);
  const count = (change: string) => objects.filter((object) => object.change === change).length;
  const blocked = preview.targets
    .flatMap((target) => target.findings)
    .filter((finding) => finding.level === 'block').length;
  return (
    <div className={`stack ${dimmed ? 'dimmed' : ''}`} aria-busy={dimmed}>
      <div className="panel">
        <p>
          <StatusDot status={preview.deployable ? 'healthy' : 'failed'}>
            {preview.deployable ? 'Ready to deploy' : `${blocked} to mend first`}
          </StatusDot>{' '}
          <strong>
            {objects.length} objects in {preview.targets.length} {preview.targets.length === 1 ? 'cluster' : 'clusters'}
          </strong>
          : {count('create')} create, {count('change')} change, {count('unchanged')} unchanged
          {count('unknown') > 0 ? `, ${count('unknown')} cannot be previewed` : ''}
        </p>
      </div>
      <div className="tabs" role="tablist" aria-label="Preview">
        {(['diff', 'yaml'] as const).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={view === name} onClick={() => setView(name)}>
            {name === 'diff' ? 'Diff' : 'YAML'}
          </button>
        ))}
      </div>
      {preview.targets.map((target) => (
        <TargetPreview key={target.targetId} target={target} view={view} />
      ))}
    </div>
  );
}

function TargetPreview({ target, view }: { target: Target; view: 'diff' | 'yaml' }) {
  const changed = target.objects.filter((object) => object.change !== 'unchanged');
  return (
    <section className="panel stack" aria-label={`Preview ${target.cluster}`}>
      <div className="spread">
        <h2>
          {target.cluster} <span className="muted">{target.namespace}</span>
        </h2>
        {target.reachable ? null : <StatusDot status="stale">does not answer</StatusDot>}
      </div>
      {target.findings.map((finding) => (
        <div
          key={`${finding.code} ${finding.detail}`}
          className={`notice ${finding.level === 'block' ? 'failed' : finding.level === 'warn' ? 'degraded' : ''}`}
        >
          <div>
            <StatusDot status={levels[finding.level]}>{finding.code.replaceAll('_', ' ')}</StatusDot>
            <p>
              {finding.object === undefined ? '' : `${finding.object.kind} ${finding.object.name}: `}
              {finding.detail}
            </p>
            {finding.field === undefined ? null : (
              <p>
                <code>{finding.field}</code>
              </p>
            )}
            {finding.remedy === undefined ? null : <p className="muted">{finding.remedy}</p>}
          </div>
        </div>
      ))}
      {view === 'diff' ? (
        <>
          {changed.length === 0 ? <p className="muted">Nothing would change here.</p> : null}
          {changed.map((object) => (
            <details key={`${object.kind} ${object.name}`} open={object.change === 'change'}>
              <summary>
                {object.change} {object.kind} {object.name}
              </summary>
              <CodeDiff
                label={`Changes of ${object.kind} ${object.name} in ${target.cluster}`}
                before={object.before ?? ''}
                after={object.after ?? object.rendered}
              />
            </details>
          ))}
        </>
      ) : (
        target.objects.map((object) => (
          <details key={`${object.kind} ${object.name}`}>
            <summary>
              {object.kind} {object.name}
            </summary>
            <pre className="code">{object.rendered}</pre>
            <CopyButton text={object.rendered} />
          </details>
        ))
      )}
    </section>
  );
}
