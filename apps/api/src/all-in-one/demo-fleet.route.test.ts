import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDemoFleet, type DemoFleet } from '@quarterdeck/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/test-app.ts';
import { demoAddresses, registerDemoFleet } from './demo-fleet.ts';

describe('the demo fleet in the books', () => {
  let fleet: DemoFleet;
  let folder: string;
  let test: TestApp;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-demo-'));
    fleet = await createDemoFleet({ dataDir: folder, ports: async () => 0 });
    test = await createTestApp({ clusterAddressAllow: demoAddresses(fleet) });
    await registerDemoFleet(fleet, test.composition);
  });
  afterAll(async () => {
    await test.close();
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  /** Whole days until the credential of a cluster ends. */
  const daysOf = async (slug: string) => {
    const ends = (await test.composition.clustersStore.findBySlug(slug))?.credentialExpiresAt;
    return ends === undefined ? undefined : Math.round((ends.getTime() - Date.now()) / 86_400_000);
  };

  it('is connected, and one credential ends in days', async () => {
    const { clustersStore } = test.composition;
    for (const { name } of fleet.clusters) expect((await clustersStore.findBySlug(name))?.state).toBe('connected');
    expect([await daysOf('bj-1'), await daysOf('nb-1'), await daysOf('cloud-1')]).toEqual([undefined, undefined, 12]);
  });

  it('is the same after another start, unless that credential is about to end', async () => {
    const { clustersStore, database } = test.composition;
    const before = await clustersStore.findBySlug('cloud-1');
    await registerDemoFleet(fleet, test.composition);
    expect((await clustersStore.findBySlug('cloud-1'))?.credentialExpiresAt).toEqual(before?.credentialExpiresAt);
    await database.pool.query(
      `UPDATE clusters_credential SET expires_at = now() + interval '1 day' WHERE expires_at IS NOT NULL`,
    );
    expect(await daysOf('cloud-1')).toBe(1);
    await registerDemoFleet(fleet, test.composition);
    expect(await daysOf('cloud-1')).toBe(12);
  });
});
