import type { Application, ClientOutput, ParameterLayer } from '@quarterdeck/contracts';
import { type getApplicationTemplate, saveParameters } from '@quarterdeck/contracts/parameters';
import {
  ActionButton,
  AgeText,
  type FormSchema,
  type FormValue,
  ProblemAlert,
  SchemaForm,
  Skeleton,
} from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useMe, useRefusal } from '../../platform/me.tsx';
import { sourceOf } from '../../platform/parameter-source.ts';
import { effectiveQuery, parametersKey } from '../../platform/parameters.ts';
import { t } from './templates.messages.ts';
import { versionQuery } from './templates.queries.ts';

type Pin = ClientOutput<typeof getApplicationTemplate>['items'][number];

/** One layer as a form: what is set here, and where everything else comes from. */
export function LayerForm(props: { application: Application; layer: ParameterLayer; pins: readonly Pin[] }) {
  const { application, layer, pins } = props;
  const queries = useQueryClient();
  const me = useMe();
  const refusal = useRefusal('parameters:write');
  const [value, setValue] = useState<FormValue>(layer.value);
  // A layer of the application is shown with the environment that comes first.
  const environmentId = layer.environmentId ?? application.environments[0]?.environmentId ?? '';
  const pin =
    pins.find((one) => one.environmentId === environmentId) ?? pins.find((one) => one.environmentId === undefined);
  const version = useQuery(versionQuery(pin?.templateVersionId ?? ''));
  const wider = useQuery({
    ...effectiveQuery(application.id, {
      environment: environmentId,
      target: layer.targetId,
      templateVersion: pin?.templateVersionId,
      without: layer.layer,
    }),
    enabled: pin !== undefined,
  });
  const save = useMutation({
    mutationFn: () => {
      const place = {
        layer: layer.layer,
        ...(layer.layer === 'environment' ? { environmentId: layer.environmentId } : {}),
        ...(layer.layer === 'target' ? { targetId: layer.targetId } : {}),
      };
      return api.call(saveParameters, {
        params: { id: application.id },
        body: { ...place, value, baseRevision: layer.revision },
      });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: parametersKey }),
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  if (pin === undefined) return <p className="muted">{t.followsNone}</p>;
  if (version.isPending) return <Skeleton rows={8} />;
  if (version.isError)
    return <ProblemAlert problem={problemOf(version.error)} onRetry={() => void version.refetch()} />;
  const isSame = JSON.stringify(value) === JSON.stringify(layer.value);
  return (
    <>
      <div className="spread">
        <span className="muted">
          {t.revision(layer.revision)} {layer.author === undefined ? null : t.savedBy(layer.author)}{' '}
          {layer.changedAt === undefined ? null : <AgeText at={layer.changedAt} />}
        </span>
        <ActionButton
          kind="primary"
          reason={refusal ?? (isSame ? t.nothingChanged : undefined)}
          pending={save.isPending}
          onClick={() => save.mutate()}
        >
          {save.isPending ? t.saving : t.saveLayer}
        </ActionButton>
      </div>
      {problem === undefined ? null : (
        <>
          <ProblemAlert problem={problem} />
          {problem.code === 'parameters_changed' ? (
            <button
              type="button"
              className="button"
              onClick={() => void queries.invalidateQueries({ queryKey: parametersKey })}
            >
              {t.reload}
            </button>
          ) : null}
        </>
      )}
      <p className="muted">{t.savedHint}</p>
      <SchemaForm
        schema={version.data.schema as FormSchema}
        value={value}
        errors={(problem?.errors ?? []).map((error) => ({ ...error, pointer: error.pointer.replace(/^\/value/, '') }))}
        readOnly={refusal !== undefined}
        source={
          wider.data === undefined
            ? undefined
            : sourceOf(wider.data, {
                layer: layer.layer,
                locked: version.data.locked,
                mayUnlock: (permission) => me?.permissionsSomewhere.includes(permission as never) ?? false,
              })
        }
        onChange={setValue}
      />
    </>
  );
}
