import { describe, expect, it } from 'vitest';
import { columnsOf, defaultsOf } from './explorer-columns.tsx';

const keys = (plural: string, chosen?: string) => columnsOf(plural, chosen).map(({ key }) => key);

describe('the columns of a list', () => {
  it('are those of the kind, unless the URL names others; the name always stays', () => {
    expect(keys('pods')).toEqual(defaultsOf('pods'));
    expect(keys('pods', 'cpu,labels')).toEqual(['name', 'cpu', 'labels']);
  });

  it('drop what the kind does not have, and what nobody knows', () => {
    expect(keys('nodes', 'restarts,cpu,nonsense')).toEqual(['name', 'cpu']);
  });
});
