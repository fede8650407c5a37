import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

/** Level 2 of V1 to V16, level 3 of V4, V7, V8, V11, V13 and V16 of ASVS 5.0.0: section, then its numbers. */
const sections = [
  '1.1:1,2 1.2:1,2,3,4,5,6,7,8,9 1.3:1,2,3,4,5,6,7,8,9,10,11 1.4:1,2,3 1.5:1,2 2.1:1,2,3 2.2:1,2,3',
  '2.3:1,2,3,4 2.4:1 3.2:1,2 3.3:1,2,3,4 3.4:1,2,3,4,5,6 3.5:1,2,3,4,5 3.7:1,2 4.1:1,2,3,4,5',
  '4.2:1,2,3,4,5 4.3:1,2 4.4:1,2,3,4 5.1:1 5.2:1,2,3 5.3:1,2 5.4:1,2,3 6.1:1,2,3',
  '6.2:1,2,3,4,5,6,7,8,9,10,11,12 6.3:1,2,3,4 6.4:1,2,3,4 6.5:1,2,3,4,5 6.6:1,2,3 6.8:1,2,3,4 7.1:1,2,3',
  '7.2:1,2,3,4 7.3:1,2 7.4:1,2,3,4,5 7.5:1,2,3 7.6:1,2 8.1:1,2,3,4 8.2:1,2,3,4 8.3:1,2,3 8.4:1,2',
  '9.1:1,2,3 9.2:1,2,3,4 10.1:1,2 10.2:1,2 10.3:1,2,3,4 10.4:1,2,3,4,5,6,7,8,9,10,11 10.5:1,2,3,4,5',
  '10.6:1,2 10.7:1,2,3 11.1:1,2,3,4 11.2:1,2,3,4,5 11.3:1,2,3,4,5 11.4:1,2,3,4 11.5:1,2 11.6:1,2',
  '11.7:1,2 12.1:1,2,3 12.2:1,2 12.3:1,2,3,4 13.1:1,2,3,4 13.2:1,2,3,4,5,6 13.3:1,2,3,4',
  '13.4:1,2,3,4,5,6,7 14.1:1,2 14.2:1,2,3,4 14.3:1,2,3 15.1:1,2,3 15.2:1,2,3 15.3:1,2,3,4,5,6,7 16.1:1',
  '16.2:1,2,3,4,5 16.3:1,2,3,4 16.4:1,2,3 16.5:1,2,3,4',
].join(' ');

const wanted = sections.split(' ').flatMap((entry) => {
  const [section, numbers = ''] = entry.split(':');
  return numbers.split(',').map((number) => `${section}.${number}`);
});

type Row = { id: string; evidence: string };

function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| \d+\.\d+\.\d+ +\|/.test(line))
    .map((line) => {
      const [, id = '', , , evidence = ''] = line.split('|').map((cell) => cell.trim());
      return { id, evidence };
    });
}

/** A row shows a file that exists, or says in words why there is none. */
function brokenRows(rows: readonly Row[], files: ReadonlySet<string>): string[] {
  return rows.flatMap(({ id, evidence }) => {
    const named = [...evidence.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    const gone = named.filter((file) => !files.has(file) && ![...files].some((known) => known.startsWith(`${file}/`)));
    const isReason = /^(does not apply|not met|owed)\b.*: .{5,}|^not met .{5,}/.test(evidence);
    if (named.length === 0 && !isReason) return [`${id}: neither a test nor a reason`];
    return gone.map((file) => `${id}: ${file} does not exist`);
  });
}

const rows = rowsOf(readProjectFile('docs/security/asvs.md'));

describe('the requirements of ASVS', () => {
  it('are all on the page, once', () => {
    expect(wanted).toHaveLength(278);
    expect(rows.map((row) => row.id)).toEqual(wanted);
  });

  it('name what shows them, or why nothing does', () => {
    expect(brokenRows(rows, new Set(projectFiles(/./)))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('sees a file that is gone and an empty reason', () => {
    const page =
      '| 1.1.1 | 2 | words | `gone.test.ts` |\n| 1.1.2 | 2 | words | |\n| 1.1.3 | 2 | words | does not apply: no XML |';
    expect(brokenRows(rowsOf(page), new Set(['README.md']))).toHaveLength(2);
  });
});
