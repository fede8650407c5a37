import type { ClientOutput } from '@quarterdeck/contracts';
import { getOnboardingManifest } from '@quarterdeck/contracts/clusters';
import { ActionButton, CodeBlock, CopyButton, ProblemAlert, StatusDot, saveFile } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './clusters.messages.ts';
import { changesIn, leftoversIn, ManifestChanges } from './manifest-changes.tsx';

/** What this cluster must hold for us, beside what it holds. */
export function ManifestPanel({ id }: { id: string }) {
  const refusal = useRefusal('clusters:update');
  const read = useMutation({ mutationFn: () => api.call(getOnboardingManifest, { params: { id } }) });
  return (
    <section className="panel stack" aria-live="polite" aria-label={t.onboardingManifest}>
      <h2>{t.onboardingManifest}</h2>
      <p className="muted">{t.onboardingHint}</p>
      <div>
        <ActionButton reason={refusal} pending={read.isPending} onClick={() => read.mutate()}>
          {read.isPending ? t.comparing : read.data === undefined ? t.showManifest : t.compareAgain}
        </ActionButton>
      </div>
      {read.isError ? <ProblemAlert problem={problemOf(read.error)} onRetry={() => read.mutate()} /> : null}
      {read.data === undefined ? null : <Manifest {...read.data} />}
    </section>
  );
}

type Read = ClientOutput<typeof getOnboardingManifest>;

function Manifest({ manifest, applyCommand, deleteCommand, changes, projectNumbers: { listed, taken } }: Read) {
  const differing = changesIn(changes ?? []);
  const left = leftoversIn(changes ?? []);
  const differences = [
    ...(differing === 0 ? [] : [t.objectsToChange(differing)]),
    ...(left === 0 ? [] : [t.objectsToDelete(left)]),
  ];
  return (
    <>
      <StatusDot status={changes === undefined ? 'unknown' : differences.length === 0 ? 'healthy' : 'degraded'}>
        <strong>
          {changes === undefined ? t.notCompared : differences.length === 0 ? t.holdsAll : differences.join(', ')}
        </strong>
      </StatusDot>
      <p className="muted">{t.numbersListed(listed, taken.length)}</p>
      {differing === 0 ? null : <CodeBlock code={applyCommand} />}
      {deleteCommand === undefined ? null : (
        <div className="notice failed">
          <div className="grow">
            <p>{t.deleteLeftovers}</p>
            <CodeBlock code={deleteCommand} />
          </div>
        </div>
      )}
      <div className="row">
        <button
          type="button"
          className="button small"
          onClick={() => saveFile(t.manifestFile, manifest, 'application/yaml')}
        >
          {t.download}
        </button>
        <CopyButton text={manifest} label={t.copyManifest} />
      </div>
      {changes === undefined ? null : <ManifestChanges changes={changes} />}
      <details>
        <summary>{t.manifestText}</summary>
        <CodeBlock code={manifest} />
      </details>
    </>
  );
}
