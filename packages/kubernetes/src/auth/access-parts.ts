import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ClusterCredential } from '../transport/cluster-client.ts';
import { AccessRefusedError } from './refusal.ts';

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The server's URL as we use it: https, no userinfo, query or fragment.
 * @throws AccessRefusedError `kubeconfig_insecure` or `kubeconfig_invalid`
 */
export function parseServer(value: string, pointer: string): string {
  const url = URL.parse(value);
  if (url?.protocol === 'http:') {
    throw new AccessRefusedError(
      'kubeconfig_insecure',
      pointer,
      'The server has an http:// address: tokens would cross the network in the clear. Give its https:// address.',
    );
  }
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new AccessRefusedError('kubeconfig_invalid', pointer, 'The server is not an https:// address.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw new AccessRefusedError('kubeconfig_invalid', pointer, 'The server address has a query or a fragment.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** One or more PEM certificates, each readable. */
export function parseCertificates(pem: string, pointer: string, what: string): string {
  const blocks = pem.match(certificateBlock) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw new AccessRefusedError('kubeconfig_invalid', pointer, `${what} holds a certificate that cannot be read.`);
  }
  if (blocks.length === 0) {
    throw new AccessRefusedError('kubeconfig_invalid', pointer, `${what} holds no PEM certificate.`);
  }
  return `${blocks.join('\n')}\n`;
}

/** A client certificate with the private key that belongs to it. */
export function parseClientCertificate(
  certificate: { pem: string; pointer: string },
  key: { pem: string; pointer: string },
): ClusterCredential {
  const certPem = parseCertificates(certificate.pem, certificate.pointer, 'The client certificate');
  let belongs: boolean;
  try {
    belongs = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(key.pem));
  } catch {
    throw new AccessRefusedError(
      'kubeconfig_invalid',
      key.pointer,
      'The client key is not a PEM private key without a passphrase.',
    );
  }
  if (!belongs) {
    throw new AccessRefusedError('kubeconfig_invalid', key.pointer, 'The client key belongs to another certificate.');
  }
  return { kind: 'client_certificate', certPem, keyPem: key.pem };
}

/** A bearer token that an HTTP header can carry. */
export function parseToken(value: string, pointer: string): ClusterCredential {
  const token = value.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new AccessRefusedError(
      'kubeconfig_invalid',
      pointer,
      'The token is empty or has spaces or line breaks in it.',
    );
  }
  return { kind: 'token', token };
}
