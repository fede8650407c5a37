import { describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { scriptedClient } from '../discovery/scripted-discovery.fixture.ts';
import type { WatchedKind } from '../kinds/kind.ts';
import { watchedKinds } from '../kinds/watched-kinds.ts';
import { createKindRequests } from './kind-requests.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

const { signal } = new AbortController();

async function acceptedFor(kind: WatchedKind): Promise<(string | undefined)[]> {
  const { client, asked } = scriptedClient(() => ({ body: { metadata: { resourceVersion: '1' }, items: [] } }));
  const { clock } = createVirtualClock();
  const requests = createKindRequests({ kind, connect: async () => client, identity: workerIdentity, clock });
  for (const query of [{ limit: 500 }, { watch: 1 }, { watch: 1, sendInitialEvents: true }]) {
    (await requests.open(query, signal)).close();
  }
  await requests.currentVersion(signal);
  return asked.map(({ accept }) => accept);
}

describe('requests for a kind', () => {
  it('ask for whole objects, except where only metadata may cross the wire: then for that or nothing', async () => {
    const form = (as: string) => `application/json;as=${as};g=meta.k8s.io;v=v1`;
    const list = form('PartialObjectMetadataList');
    const object = form('PartialObjectMetadata');
    for (const kind of watchedKinds) {
      const isMetadata = ['ConfigMap', 'Secret', 'ServiceAccount'].includes(kind.kind);
      // No plain JSON behind it: an API server that cannot do it refuses instead of sending values.
      expect(await acceptedFor(kind), kind.kind).toEqual(
        isMetadata ? [list, object, object, list] : [undefined, undefined, undefined, undefined],
      );
    }
  });
});
