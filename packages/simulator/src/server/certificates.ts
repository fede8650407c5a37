// The X.509 library's container needs this polyfill, and needs it first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** PEM all. The authority's key issues client certificates. */
export type ServerIdentity = { caPem: string; caKeyPem: string; certPem: string; keyPem: string };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const yearMs = 365 * 24 * 3600 * 1000;

/**
 * An authority of its own and its server certificate for loopback, good for ten years: whoever makes them keeps them.
 * @param server what the certificate calls itself
 */
export async function createServerIdentity(name: string, server = 'kube-apiserver'): Promise<ServerIdentity> {
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 10 * yearMs) };
  const caKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...period,
    serialNumber: serialNumber(),
    name: [{ CN: [`${name} authority`] }],
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...period,
    serialNumber: serialNumber(),
    subject: [{ CN: [server] }],
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(ca),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  });
  return {
    caPem: ca.toString('pem'),
    caKeyPem: await pemOf(caKeys.privateKey),
    certPem: certificate.toString('pem'),
    keyPem: await pemOf(keys.privateKey),
  };
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function serialNumber(): string {
  return `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}
