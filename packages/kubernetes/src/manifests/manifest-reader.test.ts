import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { createManifestReader, type ManifestReader } from './manifest-reader.ts';

let reader: ManifestReader;
afterEach(() => reader.close());

it('reads in a thread, with the words of a refusal and its line', async () => {
  reader = createManifestReader();
  const [manifest] = await reader.read('kind: A\nspec: {x: 1}\n', { most: 1 });
  expect(manifest?.value).toEqual({ kind: 'A', spec: { x: 1 } });
  expect(manifest?.places.get('.spec.x')).toBe(2);
  await expect(reader.read('a: 1\na: 2\n', { most: 1 })).rejects.toMatchObject({ name: 'ManifestError', line: 2 });
});

it('S44 goes on with the next text when one ends its thread', async () => {
  let opened = 0;
  reader = createManifestReader(() => {
    opened += 1;
    const answer = opened === 1 ? 'process.exit(1)' : 'parentPort.postMessage({ manifests: [] })';
    return new Worker(
      `const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { ${answer}; });`,
      {
        eval: true,
      },
    );
  });
  const first = reader.read('a: 1', { most: 1 });
  const second = reader.read('b: 1', { most: 1 });
  await expect(first).rejects.toMatchObject({ name: 'ManifestError' });
  expect(await second).toEqual([]);
});

it('S44 refuses what takes too long, and what would wait behind too much', async () => {
  reader = createManifestReader(() => new Worker('setInterval(() => {}, 1000)', { eval: true }), { patienceMs: 50 });
  const read = () => reader.read('a: 1', { most: 1 });
  const all = await Promise.allSettled(Array.from({ length: 18 }, read));
  const reasons = all.map((one) => (one.status === 'rejected' ? String(one.reason) : 'read'));
  expect(new Set(reasons)).toEqual(
    new Set([
      'ManifestError: It takes too long to read: apply it in parts.',
      'ManifestError: Too many texts are being read just now: try again in a moment.',
    ]),
  );
});
