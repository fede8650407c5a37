import type { KubeObject, WatchedKind } from './kind.ts';
import { at, text } from './read.ts';

function phase(namespace: KubeObject): string {
  return text(at(namespace, 'status', 'phase')) ?? 'Active';
}

export const namespaceKind: WatchedKind = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  describe: (namespace) => ({
    health: phase(namespace) === 'Active' ? 'healthy' : 'updating',
    statusText: phase(namespace),
  }),
};
