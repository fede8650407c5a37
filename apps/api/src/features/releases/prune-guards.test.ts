import { describe, expect, it } from 'vitest';
import { guardsOf, type LiveObject, mayBeConfirmed } from './prune-guards.ts';

const run = { applicationSlug: 'cart', environment: 'prod' };
const object = { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'old', uid: 'u1' };
const labels = { 'quarterdeck.dev/application': 'cart', 'quarterdeck.dev/environment': 'prod' };
const live = (change: LiveObject['metadata'] = {}): LiveObject => ({ metadata: { uid: 'u1', labels, ...change } });

describe('what a release no longer has', () => {
  it('goes by itself where its uid and its labels are those of the books', () => {
    expect(guardsOf(object, live(), run)).toEqual([]);
  });

  it.each(['Namespace', 'PersistentVolumeClaim', 'PersistentVolume', 'CustomResourceDefinition', 'StatefulSet'])(
    'is asked about where it is a %s',
    (kind) => {
      expect(guardsOf({ ...object, kind }, live(), run)).toEqual(['holds_data']);
    },
  );

  it.each([
    ['it is marked to stay', live({ annotations: { 'quarterdeck.dev/keep': '' } }), ['keep']],
    [
      'another application signed it',
      live({ labels: { ...labels, 'quarterdeck.dev/application': 'web' } }),
      ['not_ours'],
    ],
    ['another environment did', live({ labels: { ...labels, 'quarterdeck.dev/environment': 'test' } }), ['not_ours']],
    ['nobody did', live({ labels: {} }), ['not_ours']],
  ])('stays where %s', (_case, found, why) => {
    expect(guardsOf(object, found, run)).toEqual(why);
  });

  it('is nobody’s to delete where it is gone, or another one has its name', () => {
    expect(guardsOf(object, undefined, run)).toBe('gone');
    expect(guardsOf(object, live({ uid: 'u2' }), run)).toBe('gone');
  });

  it('stays where the books have no uid of it', () => {
    expect(guardsOf({ ...object, uid: undefined }, live(), run)).toEqual(['no_uid']);
  });

  it('goes when somebody says so, unless it is not certain that it is ours', () => {
    expect(mayBeConfirmed(['holds_data', 'keep', 'most', 'refused', 'not_tried'])).toBe(true);
    expect(mayBeConfirmed(['keep', 'not_ours'])).toBe(false);
    expect(mayBeConfirmed(['no_uid'])).toBe(false);
  });
});
