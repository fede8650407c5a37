import { gunzipSync, gzipSync } from 'node:zlib';
import { chartArchive, tarGz } from '@quarterdeck/testing';
import { describe, expect, it } from 'vitest';
import { archiveLimits, readArchive } from './read-archive.ts';

const chart = { 'Chart.yaml': 'name: demo\nversion: 1.0.0\n', 'templates/map.yaml': 'kind: ConfigMap\n' };
const head = { path: 'demo/Chart.yaml', text: chart['Chart.yaml'] };

describe('a chart archive', () => {
  it('gives the files of its one folder', async () => {
    const files = await readArchive(chartArchive(chart));
    expect(Object.fromEntries([...files].map(([path, data]) => [path, data.toString()]))).toEqual(chart);
  });

  it('may have long paths, in either way of writing them', async () => {
    const long = `demo/templates/${'x'.repeat(120)}.yaml`;
    const record = ` path=${long}\n`;
    const pax = `${record.length + 3}${record}`;
    const files = await readArchive(
      tarGz([
        head,
        { path: 'PaxHeader', type: 'x', text: pax },
        { path: 'demo/short.yaml', text: 'a' },
        { path: '././@LongLink', type: 'L', text: `${long}.gnu\0` },
        { path: 'demo/short.yaml', text: 'b' },
      ]),
    );
    expect([...files.keys()]).toEqual(['Chart.yaml', long.slice(5), `${long.slice(5)}.gnu`]);
  });

  it.each([
    [
      'a path that leaves it',
      { path: 'demo/../../etc/cron.d/job', text: 'x' },
      '"demo/../../etc/cron.d/job" is no path',
    ],
    ['a path from the root', { path: '/etc/passwd', text: 'x' }, 'is no path'],
    ['a path with backslashes', { path: 'demo/..\\..\\x', text: 'x' }, 'is no path'],
    ['a symbolic link', { path: 'demo/files/passwd', type: '2', link: '/etc/passwd' }, '"demo/files/passwd" is a link'],
    ['a hard link', { path: 'demo/files/passwd', type: '1', link: '/etc/passwd' }, 'is a link'],
    ['a device', { path: 'demo/files/null', type: '3' }, 'is neither a file nor a folder'],
    ['a pipe', { path: 'demo/files/pipe', type: '6' }, 'is neither a file nor a folder'],
    ['another folder', { path: 'other/x.yaml', text: 'x' }, 'is not in the folder "demo"'],
    ['a file below a file', { path: 'demo/Chart.yaml/x', text: 'x' }, '"Chart.yaml" is a file and a folder'],
    ['the same path again', head, 'twice'],
    ['a size of its own', { path: 'PaxHeader', type: 'x', text: '12 size=100\n' }, 'too large or sparse'],
  ])('is refused with %s, which it names', async (_what, entry, detail) => {
    const refusal = await readArchive(tarGz([head, entry])).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 422, code: 'chart_invalid', errors: [{ pointer: '/archive' }] });
    expect((refusal as Error).message).toContain(detail);
  });

  it('is refused when it is none, or only half of one', async () => {
    await expect(readArchive(Buffer.from('no archive'))).rejects.toThrow('no .tgz');
    await expect(readArchive(gzipSync('no tar at all'.repeat(100)))).rejects.toThrow('damaged');
    await expect(readArchive(tarGz([{ path: 'demo/values.yaml' }]))).rejects.toThrow('no Chart.yaml');
    const whole = Buffer.alloc(600);
    gunzipSync(tarGz([{ path: 'demo/Chart.yaml', text: 'x'.repeat(400) }])).copy(whole);
    await expect(readArchive(gzipSync(whole))).rejects.toThrow('middle of a file');
  });

  it('is refused when it grows too large, before all of it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(archiveLimits.unpackedBytes + 1));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(readArchive(bomb)).rejects.toMatchObject({ code: 'chart_too_large' });
    const many = Array.from({ length: archiveLimits.files + 1 }, (_, index) => ({ path: `demo/${index}` }));
    await expect(readArchive(tarGz(many))).rejects.toThrow('more than 2000 files');
    const large = { path: 'demo/large', text: 'x'.repeat(archiveLimits.fileBytes + 1) };
    await expect(readArchive(tarGz([head, large]))).rejects.toThrow('"demo/large"');
  });
});
