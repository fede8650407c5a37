import {
  type ApplyHow,
  type KubernetesObject,
  namesReplicas,
  replicasField,
  withoutFields,
} from '@quarterdeck/kubernetes';
import type { FieldRule } from './questions.store.ts';
import type { ObjectRecord, StepRecord } from './release-rows.ts';

/** Bytes of a release as they go out: without what is left to others, with what was decided. */
export type PreparedObject = { record: ObjectRecord; manifest: KubernetesObject; how: ApplyHow };

/**
 * What of an object's stored bytes is applied on its target.
 * @param rules of the target, of any object
 * @param scaled `Kind/name` of what an autoscaler of the cluster gives its number of replicas
 */
export function prepareObject(
  record: ObjectRecord,
  object: KubernetesObject,
  rules: readonly FieldRule[],
  scaled: ReadonlySet<string>,
  step?: Pick<StepRecord, 'takes' | 'recreate'>,
): PreparedObject {
  const mine = rules.filter(
    (rule) =>
      rule.group === record.group &&
      rule.kind === record.kind &&
      rule.namespace === record.namespace &&
      rule.name === record.name,
  );
  const fields = (choice: FieldRule['choice']) =>
    mine.filter((rule) => rule.choice === choice).map(({ field }) => field);
  const isScaled = scaled.has(`${record.kind}/${record.name}`);
  const takes = [...(step?.takes ?? []), ...fields('take')];
  return {
    record,
    manifest: withoutFields(object, [...fields('yield'), ...(isScaled ? [replicasField] : [])]),
    how: {
      takes,
      takesReplicas: namesReplicas(object) && !isScaled,
      adopts: fields('adopt').length > 0,
      ...(step?.recreate === undefined ? {} : { recreates: step.recreate }),
    },
  };
}
