import { describe, expect, it } from 'vitest';
import { type ProxyTarget, parseProxyPath } from './proxy-path.ts';
import { permissionsOf, placeOf } from './proxy-permission.ts';
import { isEndless, verbOf } from './proxy-verb.ts';

function read(line: string) {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', search = ''] = url.split('?');
  const target = parseProxyPath(path);
  if (target.kind === 'refused') throw new Error(target.detail);
  const query = new URLSearchParams(search);
  const verb = verbOf(method, target, query);
  if (verb === undefined) throw new Error(`no verb: ${line}`);
  return { target: target as ProxyTarget, verb, query };
}

const shop = '/api/v1/namespaces/shop';

describe('what a request needs', () => {
  it.each([
    ['GET /version', 'clusters:read'],
    ['GET /openapi/v2', 'clusters:read'],
    ['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'clusters:read'],
    [`GET ${shop}/pods`, 'inventory:read'],
    [`GET ${shop}/pods?watch`, 'inventory:read'],
    [`GET ${shop}/pods/cart-1`, 'inventory:read'],
    ['GET /api/v1/nodes', 'inventory:read'],
    ['GET /apis/apps/v1/namespaces/shop/deployments/cart/status', 'inventory:read'],
    ['GET /apis/apps/v1/namespaces/shop/deployments/cart/scale', 'inventory:read'],
    [`GET ${shop}/secrets`, 'workloads:read-secrets'],
    ['GET /api/v1/secrets?watch=true', 'workloads:read-secrets'],
    [`PATCH ${shop}/secrets/key`, 'workloads:write-secrets workloads:read-secrets'],
    [`DELETE ${shop}/secrets`, 'workloads:write-secrets workloads:read-secrets'],
    [`GET ${shop}/pods/cart-1/log`, 'workloads:logs'],
    [`GET ${shop}/pods/cart-1/exec`, 'workloads:exec'],
    [`POST ${shop}/pods/cart-1/exec`, 'workloads:exec'],
    [`GET ${shop}/pods/cart-1/attach`, 'workloads:exec'],
    [`GET ${shop}/pods/cart-1/ephemeralcontainers`, 'workloads:exec'],
    [`PATCH ${shop}/pods/cart-1/ephemeralcontainers`, 'workloads:exec'],
    [`GET ${shop}/pods/cart-1/portforward`, 'workloads:forward'],
    [`GET ${shop}/pods/cart-1/proxy`, 'workloads:preview'],
    [`POST ${shop}/services/cart/proxy`, 'workloads:preview'],
    [`POST ${shop}/pods/cart-1/eviction`, 'workloads:operate'],
    [`DELETE ${shop}/pods/cart-1`, 'workloads:operate'],
    [`DELETE ${shop}/pods`, 'workloads:edit'],
    ['PATCH /apis/apps/v1/namespaces/shop/deployments/cart/scale', 'workloads:operate'],
    ['PATCH /apis/apps/v1/namespaces/shop/deployments/cart', 'workloads:edit'],
    ['PUT /apis/apps/v1/namespaces/shop/deployments/cart/status', 'workloads:edit'],
    ['POST /apis/example.com/v1/namespaces/shop/pods', 'workloads:edit'],
    [`POST ${shop}/serviceaccounts/robot/token`, 'clusters:mint'],
    ['POST /apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', 'clusters:administer'],
    ['POST /apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews', 'clusters:administer'],
    ['POST /apis/authorization.k8s.io/v1/subjectaccessreviews', 'clusters:administer'],
    ['POST /api/v1/namespaces', 'clusters:administer'],
    [`DELETE ${shop}`, 'clusters:administer'],
    [`PUT ${shop}/finalize`, 'clusters:administer'],
    ['PATCH /api/v1/nodes/node-1', 'scheduling:drain'],
    ['PUT /api/v1/nodes/node-1', 'clusters:administer'],
    ['DELETE /api/v1/nodes/node-1', 'clusters:administer'],
  ])('%s: %s', (line, needed) => {
    const { target, verb } = read(line);
    expect(permissionsOf(target, verb)?.join(' ')).toBe(needed);
  });

  it.each([
    'GET /api/v1/nodes/node-1/proxy',
    'POST /api/v1/nodes/node-1/proxy/run/shop/cart-1/main',
    `GET ${shop}/pods/cart-1/unheard`,
    `POST ${shop}/pods/cart-1/binding`,
    `POST ${shop}/pods/cart-1/log`,
    '/apis/example.com/v1/namespaces/shop/pods/cart-1/exec'.replace(/^/, 'GET '),
    'GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  ])('S08 nobody: %s', (line) => {
    const { target, verb } = read(line);
    expect(permissionsOf(target, verb)).toBeUndefined();
  });

  it.each([
    [`GET ${shop}/pods`, 'shop'],
    ['GET /api/v1/pods', undefined],
    [`GET ${shop}`, 'shop'],
    [`DELETE ${shop}`, undefined],
    ['GET /api/v1/namespaces', undefined],
    ['GET /version', undefined],
  ])('%s is asked of %s', (line, place) => {
    const { target, verb } = read(line);
    expect(placeOf(target, verb)).toBe(place);
  });
});

describe('an answer without an end', () => {
  it.each([
    ['GET /api/v1/pods?watch=true', true],
    ['GET /api/v1/pods?watch', true],
    ['GET /api/v1/pods?watch=', true],
    ['GET /api/v1/pods?watch=1', true],
    ['GET /api/v1/pods?watch=0', false],
    ['GET /api/v1/pods?watch=False', false],
    ['GET /api/v1/pods?watch=false&watch=true', false],
    [`GET ${shop}/pods/cart-1?watch=true`, false],
    [`GET ${shop}/pods/cart-1/log?follow=true`, true],
    [`GET ${shop}/pods/cart-1/log`, false],
  ])('%s: %s', (line, endless) => {
    const { target, verb, query } = read(line);
    expect(isEndless(target, verb, query)).toBe(endless);
  });
});
