import { expect, it } from 'vitest';
import { evictionAnswer } from './evict-pod.ts';

const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  evictionAnswer({ status, body, headers, warnings: [] });

it('an eviction that is taken, and a pod that is gone or another one by now', () => {
  expect(answer(201)).toEqual({ outcome: 'accepted', status: 201 });
  expect(answer(404).outcome).toBe('gone');
  expect(answer(409).outcome).toBe('gone');
});

it('a budget that blocks is told in its own words, and when to ask again', () => {
  const message = 'The disruption budget cart needs 2 healthy pods and has 2 currently';
  const body = { message: 'Cannot evict', details: { causes: [{ reason: 'DisruptionBudget', message }] } };
  expect(answer(429, body, { 'retry-after': '10' })).toEqual({
    outcome: 'blocked',
    status: 429,
    byBudget: true,
    detail: message,
    retryAfterSeconds: 10,
  });
});

it('a cluster that has too much to do is asked again, without blaming a budget', () => {
  expect(answer(429, { message: 'too many requests' })).toMatchObject({ outcome: 'blocked', byBudget: false });
  expect(answer(500, { message: 'etcd' })).toMatchObject({ outcome: 'blocked', byBudget: false });
});

it('what asking again would not change is refused: a right that is missing, two budgets over one pod', () => {
  expect(answer(403, { message: 'pods is forbidden' })).toEqual({
    outcome: 'refused',
    status: 403,
    detail: 'pods is forbidden',
  });
  const twice = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  expect(answer(500, { message: twice })).toMatchObject({ outcome: 'refused', detail: twice });
  const going = { message: 'forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } };
  expect(answer(403, going)).toMatchObject({ outcome: 'blocked', byBudget: false });
});
