import {
  allEndpoints,
  allLiveViews,
  allStreams,
  type Endpoint,
  permissions,
  publicEndpoints,
} from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

/** What an endpoint owes its readers. */
function debts(endpoint: Endpoint, routeTests: string): string[] {
  const name = `${endpoint.method} ${endpoint.path}`;
  const owed: string[] = [];
  if (endpoint.permission === 'public') {
    if (!publicEndpoints.includes(name)) owed.push(`${name}: is public but not on the public list`);
  } else if (!permissions.includes(endpoint.permission))
    owed.push(`${name}: permission ${endpoint.permission} is unknown`);
  if (endpoint.summary.length < 10) owed.push(`${name}: has no summary`);
  if (!Array.isArray(endpoint.errors)) owed.push(`${name}: has no error list`);
  if (endpoint.errors?.some((code) => !/^[a-z][a-z0-9_]*$/.test(code)))
    owed.push(`${name}: has an error code that is not snake_case`);
  if (/:\w+/.test(endpoint.path) && endpoint.params === undefined)
    owed.push(`${name}: has parameters without a schema`);
  if (!isTested(endpoint, routeTests)) owed.push(`${name}: no route test calls it`);
  return owed;
}

/** A route test calls it by method and a path of its shape, in one request object. */
function isTested(endpoint: Endpoint, routeTests: string): boolean {
  const shape = endpoint.path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/\'"`\\s]+' : part.replaceAll('-', '\\-')))
    .join('/');
  const url = `[\`'"]${shape}(\\?[^\`'"]*)?[\`'"]`;
  const method = `method:\\s*['"]${endpoint.method}['"]`;
  return new RegExp(`${method}[^;]{0,200}?${url}|${url}[^;]{0,200}?${method}|\\b${endpoint.name}\\b`).test(routeTests);
}

const routeTests = projectFiles(/^(apps|e2e)\/.*\.(route|behaviour|fault)\.test\.ts$/)
  .filter((file) => !file.endsWith('edge.route.test.ts'))
  .map(readProjectFile)
  .join('\n');

describe('endpoints', () => {
  it('have a permission, a summary, an error list and a test', () => {
    expect(allEndpoints.flatMap((endpoint) => debts(endpoint, routeTests))).toEqual([]);
  });

  it('have names and places of their own', () => {
    const names = allEndpoints.map((endpoint) => endpoint.name);
    const places = allEndpoints.map((endpoint) => `${endpoint.method} ${endpoint.path.replaceAll(/:\w+/g, ':')}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(places).size).toBe(places.length);
  });

  it('and streams and live views declare a known permission', () => {
    for (const contract of [...allLiveViews, ...allStreams]) expect(permissions).toContain(contract.permission);
  });
});

describe('the check itself', () => {
  const good: Endpoint = {
    name: 'getX',
    method: 'GET',
    path: '/x/:id',
    summary: 'a summary of x',
    permission: 'audit:read',
    errors: [],
  };

  it('names what is missing', () => {
    const bad = { ...good, permission: 'public', summary: '', errors: undefined } as unknown as Endpoint;
    expect(debts(bad, '')).toHaveLength(5);
  });

  it('finds a test by method and path', () => {
    expect(isTested(good, "request({ method: 'GET', url: `/x/$" + '{id}` })')).toBe(true);
    expect(isTested(good, "request({ method: 'POST', url: '/x/1' })")).toBe(false);
    expect(isTested(good, "request({ method: 'GET', url: '/x/1/y' })")).toBe(false);
  });
});
