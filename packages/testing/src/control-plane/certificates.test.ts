import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority, expired, openAuthority } from './certificates.ts';

test('a server certificate names its hosts and chains to the authority', async () => {
  const authority = await createAuthority('test authority');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1', 'localhost']);
  const certificate = new X509Certificate(certPem);

  expect(certificate.verify(new X509Certificate(authority.certPem).publicKey)).toBe(true);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(keyPem).toContain('BEGIN PRIVATE KEY');
});

test('a client certificate carries user and groups as Kubernetes reads them', async () => {
  const authority = await createAuthority('test authority');
  const { certPem } = await authority.issueClient('jane', ['developers', 'on-call']);
  expect(new X509Certificate(certPem).subject).toBe('O=developers\nO=on-call\nCN=jane');
});

test('an expired certificate is over', async () => {
  const authority = await createAuthority('test authority');
  const { certPem } = await authority.issueClient('jane', [], expired());
  expect(new X509Certificate(certPem).validToDate.getTime()).toBeLessThan(Date.now());
});

test('a reopened authority issues certificates of the same authority', async () => {
  const { certPem, keyPem } = await createAuthority('test authority');
  const issued = await (await openAuthority({ certPem, keyPem })).issueClient('jane');
  expect(new X509Certificate(issued.certPem).verify(new X509Certificate(certPem).publicKey)).toBe(true);
});
