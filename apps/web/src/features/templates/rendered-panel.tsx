import type { ClientOutput } from '@quarterdeck/contracts';
import type { renderTemplateVersion } from '@quarterdeck/contracts/templates';
import { CodeBlock, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { problemOf } from '../../platform/api.ts';
import { t } from './templates.messages.ts';

/** The manifests of files and parameters as they rest; the last ones stay, dimmed, until the next are there. */
export function RenderedPanel({ render }: { render: UseQueryResult<ClientOutput<typeof renderTemplateVersion>> }) {
  if (render.isPending) return <Skeleton rows={8} />;
  if (render.isError) return <ProblemAlert problem={problemOf(render.error)} onRetry={() => void render.refetch()} />;
  const { problem, errors, objects } = render.data;
  return (
    <div className={render.isPlaceholderData ? 'stack dimmed' : 'stack'} aria-busy={render.isFetching}>
      {problem === undefined ? null : (
        <div className="notice failed" role="alert">
          <div>
            <strong>{problem.file === undefined ? problem.code : t.notLoading(problem.file)}</strong>
            <p>{problem.detail}</p>
          </div>
        </div>
      )}
      {errors.map((error) => (
        <p key={`${error.pointer} ${error.detail}`} className="error">
          <code>{error.pointer}</code> {error.detail}
        </p>
      ))}
      {problem === undefined && errors.length === 0 && objects.length === 0 ? (
        <p className="muted">{t.noObjects}</p>
      ) : null}
      {objects.map((object) => (
        <details key={`${object.kind} ${object.name}`} open={objects.length <= 3 || object.kind !== 'ConfigMap'}>
          <summary>{t.object(object.kind, object.name)}</summary>
          <CodeBlock code={object.manifest} />
        </details>
      ))}
    </div>
  );
}
