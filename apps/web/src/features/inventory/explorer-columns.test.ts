import { describe, expect, it } from 'vitest';
import { columnsOf, defaultsOf } from './explorer-columns.tsx';

const kind = (plural: string, more: { namespaced?: boolean; printed?: string[] } = {}) => ({
  plural,
  namespaced: more.namespaced ?? true,
  printed: more.printed ?? [],
});
const keys = (of: ReturnType<typeof kind>, chosen?: string) => columnsOf(of, chosen).map(({ key }) => key);

describe('the columns of a list', () => {
  it('are those of the kind, unless the URL names others; the name always stays', () => {
    expect(keys(kind('pods'))).toEqual(defaultsOf(kind('pods')));
    expect(keys(kind('pods'), 'cpu,labels')).toEqual(['name', 'cpu', 'labels']);
  });

  it('drop what the kind does not have, and what nobody knows', () => {
    expect(keys(kind('nodes', { namespaced: false }), 'restarts,namespace,cpu,nonsense')).toEqual(['name', 'cpu']);
  });

  it('show of a kind what tells most of it, between what is common and its age', () => {
    expect(keys(kind('services'))).toEqual([
      'name',
      'status',
      'namespace',
      'cluster',
      'type',
      'clusterIps',
      'external',
      'age',
    ]);
  });

  it('are of a custom kind what its definition asks to be printed', () => {
    const widgets = kind('widgets', { printed: ['Size', 'Phase'] });
    expect(keys(widgets)).toEqual(['name', 'status', 'namespace', 'cluster', 'col:Size', 'col:Phase', 'age']);
    expect(keys(widgets, 'col:Phase')).toEqual(['name', 'col:Phase']);
  });
});
