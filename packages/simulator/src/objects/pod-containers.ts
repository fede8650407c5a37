import { badRequest } from './api-error.ts';
import { at, type Json, type KubeObject, listOf, textOf } from './types.ts';

/**
 * The container that a request means; the only one where it names none.
 * @throws ApiError 400
 */
export function containerOf(pod: KubeObject, name: string | null): Json {
  const plain = listOf(at(pod, 'spec', 'containers'));
  const init = listOf(at(pod, 'spec', 'initContainers'));
  const ephemeral = listOf(at(pod, 'spec', 'ephemeralContainers'));
  if (name !== null && name !== '') {
    const found = [...plain, ...init, ...ephemeral].find((each) => each.name === name);
    if (found === undefined) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
    return found;
  }
  const [only] = plain;
  if (only !== undefined && plain.length === 1) return only;
  const names = (list: readonly Json[]) => `[${list.map((each) => textOf(each.name)).join(' ')}]`;
  const others = init.length === 0 ? '' : ` or one of the init containers: ${names(init)}`;
  const debug = ephemeral.length === 0 ? '' : ` or one of the ephemeral containers: ${names(ephemeral)}`;
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: ${names(plain)}${others}${debug}`,
  );
}

export function containerStatusOf(pod: KubeObject, name: string): Json | undefined {
  return ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => listOf(at(pod, 'status', list)))
    .find((each) => each.name === name);
}
