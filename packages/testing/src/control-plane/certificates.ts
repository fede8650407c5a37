// The X.509 library's container needs this polyfill, and needs it first.
import 'reflect-metadata';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate with its key, both PEM. */
export type IssuedCertificate = { certPem: string; keyPem: string };

export type Validity = { notBefore?: Date; notAfter?: Date };

/** A certificate authority for tests; the certificates it issues are valid for a day unless told otherwise. */
export type Authority = IssuedCertificate & {
  /** A server certificate for these names and IP addresses. */
  issueServer(hosts: string[], validity?: Validity): Promise<IssuedCertificate>;
  /** A client certificate; Kubernetes reads the common name as user and the organizations as groups. */
  issueClient(commonName: string, organizations?: string[], validity?: Validity): Promise<IssuedCertificate>;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3600 * 1000;

/** Validity that ended a minute ago, for tests of refusal. */
export const expired = (): Validity => ({
  notBefore: new Date(Date.now() - dayMs),
  notAfter: new Date(Date.now() - 60_000),
});

/** Makes a new authority, for a cluster or as the wrong one in tests of refusal. */
export async function createAuthority(commonName: string, validity: Validity = {}): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(validity, 30 * dayMs),
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return openAuthority({ certPem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) });
}

/** Makes an authority usable again from its stored PEM. */
export async function openAuthority(stored: IssuedCertificate): Promise<Authority> {
  const certificate = new x509.X509Certificate(stored.certPem);
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(stored.keyPem),
    algorithm,
    false,
    ['sign'],
  );

  async function issue(
    subject: x509.JsonName,
    usage: x509.ExtendedKeyUsageType,
    extensions: x509.Extension[],
    validity: Validity = {},
  ): Promise<IssuedCertificate> {
    const keys = await generateKeys();
    const issued = await x509.X509CertificateGenerator.create({
      ...period(validity, dayMs),
      serialNumber: serialNumber(),
      subject,
      issuer: certificate.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(certificate),
        ...extensions,
      ],
    });
    return { certPem: issued.toString('pem'), keyPem: await exportKey(keys.privateKey) };
  }

  return {
    ...stored,
    issueServer: (hosts, validity) =>
      issue(
        [{ CN: [hosts[0] ?? 'server'] }],
        x509.ExtendedKeyUsage.serverAuth,
        [
          new x509.SubjectAlternativeNameExtension(
            hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
          ),
        ],
        validity,
      ),
    issueClient: (commonName, organizations = [], validity) =>
      issue(
        [...organizations.map((each) => ({ O: [each] })), { CN: [commonName] }],
        x509.ExtendedKeyUsage.clientAuth,
        [],
        validity,
      ),
  };
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function serialNumber(): string {
  return `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}

/** Starts a little in the past: the clocks of two processes need not agree to the millisecond. */
function period({ notBefore, notAfter }: Validity, lengthMs: number) {
  return {
    notBefore: notBefore ?? new Date(Date.now() - 60_000),
    notAfter: notAfter ?? new Date(Date.now() + lengthMs),
  };
}
