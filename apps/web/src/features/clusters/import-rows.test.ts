import type { Candidate } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { importRows, nameRows } from './import-rows.ts';

const refusal = { code: 'kubeconfig_exec', pointer: '/users/0', detail: 'It runs a program.' } as const;
const rows = importRows([{ context: 'alpha' }, { context: 'admin@alpha' }, { context: 'sso', refusal }] as Candidate[]);
const slugs = (taken: string[], change: (row: (typeof rows)[number]) => object = () => ({})) =>
  nameRows(
    rows.map((row) => ({ ...row, ...change(row) })),
    taken,
  ).map(({ slug }) => slug);

describe('the contexts of a file', () => {
  it('are chosen unless they cannot be used', () => {
    expect(rows.map(({ chosen }) => chosen)).toEqual([true, true, false]);
  });

  it('are proposed short names that nobody has, also when it is learned later who has one', () => {
    expect(slugs([])).toEqual(['alpha', 'alpha-2', 'sso']);
    expect(slugs(['alpha', 'sso'])).toEqual(['alpha-2', 'alpha-3', 'sso-2']);
  });

  it('keep the name that was typed, and no other one gets it', () => {
    const typed = ({ candidate }: { candidate: Candidate }) => (candidate.context === 'sso' ? { named: 'alpha' } : {});
    expect(slugs([], typed)).toEqual(['alpha-2', 'alpha-3', 'alpha']);
    expect(slugs(['alpha'], typed)).toEqual(['alpha-2', 'alpha-3', 'alpha']);
  });
});
