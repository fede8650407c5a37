import { expect } from 'vitest';
import type { SignedInClient } from './test-app.ts';

/**
 * Registers a cluster as a person does who pastes its administrator's kubeconfig, with the bootstrap.
 * @param more further fields of `POST /clusters`
 * @returns its id
 */
export async function registerKubeconfig(
  owner: SignedInClient,
  slug: string,
  kubeconfig: string,
  more: object = {},
): Promise<string> {
  const payload = { slug, access: { kind: 'kubeconfig', kubeconfig }, bootstrap: true, ...more };
  const { status, body } = await owner.request({ method: 'POST', url: '/clusters', payload });
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body.id);
}
