import { at, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import type { Context } from './context.ts';

/** What a pod's environment needs and is not there, as the kubelet says it. */
export function missingSource({ store }: Context, pod: KubeObject): string | undefined {
  const { namespace = '' } = pod.metadata;
  for (const container of listOf(at(pod, 'spec', 'containers'))) {
    const whole = listOf(container.envFrom).map(({ secretRef, configMapRef }) => ({
      secretRef,
      configMapRef,
      key: undefined,
    }));
    const single = listOf(container.env).map((each) => {
      const { secretKeyRef, configMapKeyRef } = objectOf(each.valueFrom);
      const key = textOf(at(secretKeyRef ?? configMapKeyRef, 'key'));
      return { secretRef: secretKeyRef, configMapRef: configMapKeyRef, key };
    });
    for (const { secretRef, configMapRef, key } of [...whole, ...single]) {
      const ref = objectOf(secretRef ?? configMapRef);
      const name = textOf(ref.name);
      if (name === '' || ref.optional === true) continue;
      const [kind, plain, word] =
        secretRef === undefined ? [known.configMaps, 'configmap', 'ConfigMap'] : [known.secrets, 'secret', 'Secret'];
      const found = store.get(kind, namespace, name);
      if (found === undefined) return `${plain} "${name}" not found`;
      if (key !== undefined && objectOf(found.data)[key] === undefined)
        return `couldn't find key ${key} in ${word} ${namespace}/${name}`;
    }
  }
  return undefined;
}
