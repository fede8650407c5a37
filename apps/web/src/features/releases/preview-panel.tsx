import type { ReleasePreview } from '@quarterdeck/contracts';
import { CodeBlock, CodeDiff, StatusDot, Tabs } from '@quarterdeck/ui';
import { useState } from 'react';
import { FindingNotes } from './finding-notes.tsx';
import { mergeFindings, mergeSame } from './merge-same.ts';
import { t } from './releases.messages.ts';

type Target = ReleasePreview['targets'][number];

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
      <div className="panel preview-head">
        <p>
          <StatusDot status={preview.deployable ? 'healthy' : 'failed'}>
            {preview.deployable ? t.readyToDeploy : t.toMend(blocked)}
          </StatusDot>
        </p>
        <p>
          <strong>{t.summary(objects.length, preview.targets.length)}</strong>:{' '}
          {t.counts(count('create'), count('change'), count('unchanged'), count('unknown') + count('conflict'))}
        </p>
      </div>
      {preview.waves.length > 1 ? <Waves preview={preview} /> : null}
      <Findings preview={preview} />
      <Tabs
        label={t.preview}
        current={view}
        tabs={[
          { key: 'diff', title: t.diff },
          { key: 'yaml', title: t.yaml },
        ]}
        onChange={(next) => setView(next === 'yaml' ? 'yaml' : 'diff')}
      />
      {view === 'diff' ? <Diff targets={preview.targets} /> : <Manifests targets={preview.targets} />}
    </div>
  );
}

/** Which clusters go when. */
function Waves({ preview }: { preview: ReleasePreview }) {
  return (
    <section className="panel stack" aria-label={t.targetsAndWaves}>
      <h2>{t.targetsAndWaves}</h2>
      <ol className="steps">
        {preview.waves.map((wave, index) => {
          const clusters = preview.targets.filter((target) => target.wave === index).map(({ cluster }) => cluster);
          return (
            <li key={wave.name}>
              <strong>{wave.name}</strong> {clusters.length === 0 ? t.noTarget : clusters.join(', ')}{' '}
              <span className="muted">{t.waveRules(wave)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What stands in the way, or is worth knowing: of the release as a whole, then of its clusters. */
function Findings({ preview: { findings, targets } }: { preview: ReleasePreview }) {
  const whole = findings.filter(({ code }) => !saidElsewhere.has(code)).map((finding) => ({ finding }));
  const found = [...whole, ...mergeFindings(targets)];
  if (found.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.found}>
      <h2>{t.found}</h2>
      <FindingNotes findings={found} />
    </section>
  );
}

/** Beside the field of the image. */
const saidElsewhere = new Set(['not_pinned']);

/** Changes by object; what is alike in several clusters is read once. */
function Diff({ targets }: { targets: readonly Target[] }) {
  const changes = targets.flatMap((target) =>
    target.objects
      .filter((object) => object.change !== 'unchanged')
      .map((object) => ({ ...object, after: object.after ?? object.rendered, cluster: target.cluster })),
  );
  if (changes.length === 0) return <p className="muted">{t.nothingChanges}</p>;
  return (
    <section className="panel stack">
      {mergeSame(changes).map(({ item, clusters }) => (
        <details key={`${clusters.join()} ${item.kind} ${item.name}`} open={item.change === 'change'}>
          <summary>
            {item.change === 'unknown'
              ? t.notPreviewed(item.kind, item.name)
              : t.changeOf(t.changeWords[item.change], item.kind, item.name)}
            <span className="muted"> · {clusters.join(', ')}</span>
          </summary>
          <CodeDiff
            label={t.changesOf(item.kind, item.name, clusters.join(', '))}
            before={item.before ?? ''}
            after={item.after}
          />
        </details>
      ))}
    </section>
  );
}

function Manifests({ targets }: { targets: readonly Target[] }) {
  return targets.map((target) => (
    <section key={target.targetId} className="panel stack" aria-label={target.cluster}>
      <h2>
        {target.cluster} <span className="muted">{target.namespace}</span>
      </h2>
      {target.objects.map((object) => (
        <details key={`${object.kind} ${object.name}`}>
          <summary>
            {object.kind} {object.name}
          </summary>
          <CodeBlock code={object.rendered} />
        </details>
      ))}
    </section>
  ));
}
