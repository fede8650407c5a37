import { conditionsOf } from '../projection/conditions.ts';
import { facts, objectOf, textOf } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const namespaceKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  rank: 0,
  project(object) {
    const status = objectOf(object.status);
    const phase = textOf(status.phase, 64);
    return {
      health: phase === 'Active' ? 'healthy' : phase === 'Terminating' ? 'updating' : 'unknown',
      statusText: phase === '' ? 'Unknown' : phase,
      facts: facts({ phase, conditions: conditionsOf(status) }),
    };
  },
};
