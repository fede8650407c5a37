import { expect, it } from 'vitest';
import { parseHosts } from './hosts.ts';

it('one host stays as it was written', () => {
  const url = 'postgresql://u:p%40ss@db.example:5432/quarterdeck?sslmode=verify-full';
  expect(parseHosts(url).current()).toBe(url);
});

it('several hosts are tried one after the other, round and round', () => {
  const hosts = parseHosts('postgresql://u:p@a:5432,b:5433/db?target_session_attrs=read-write&sslmode=require');
  const first = 'postgresql://u:p@a:5432/db?sslmode=require';
  const second = 'postgresql://u:p@b:5433/db?sslmode=require';
  expect(hosts.current()).toBe(first);
  hosts.failed(first);
  expect(hosts.current()).toBe(second);
  // A slower caller that also failed on the first must not skip the second.
  hosts.failed(first);
  expect(hosts.current()).toBe(second);
  hosts.failed(second);
  expect(hosts.current()).toBe(first);
});
