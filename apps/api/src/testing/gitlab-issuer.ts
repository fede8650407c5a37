import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export type GitLabIssuer = {
  issuer: string;
  caPem: string;
  port: number;
  /** Paths that were asked for. */
  asked: string[];
  /** Answers with this instead, by path. */
  answers: Map<string, { status: number; body: string }>;
  /** An id_token as a job of `shop/cart` on its protected branch `main` gets it, with changes. */
  idToken(change?: JWTPayload, options?: { key?: CryptoKey; alg?: string; kid?: string }): Promise<string>;
  /** Public key in PEM bytes as an attacker reads it, for tokens signed with it as a shared secret. */
  publicJwk(): Promise<object>;
  close(): Promise<void>;
};

let serial = 0;

/** An issuer with discovery and keys over TLS, and claims in the shape of GitLab's. */
export async function startGitLabIssuer(audience: string): Promise<GitLabIssuer> {
  const authority = await createAuthority('gitlab');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const asked: string[] = [];
  const answers: GitLabIssuer['answers'] = new Map();
  const server: Server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    void bodyOf(path).then(({ status, body }) => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `https://127.0.0.1:${port}`;

  async function publicJwk() {
    return { ...(await exportJWK(publicKey)), kid: 'gitlab-1', alg: 'RS256', use: 'sig' };
  }
  async function bodyOf(path: string): Promise<{ status: number; body: string }> {
    const given = answers.get(path);
    if (given !== undefined) return given;
    if (path === '/.well-known/openid-configuration') {
      return { status: 200, body: JSON.stringify({ issuer, jwks_uri: `${issuer}/oauth/discovery/keys` }) };
    }
    if (path === '/oauth/discovery/keys') return { status: 200, body: JSON.stringify({ keys: [await publicJwk()] }) };
    return { status: 404, body: '' };
  }

  return {
    issuer,
    caPem: authority.certPem,
    port,
    asked,
    answers,
    publicJwk,
    idToken(change = {}, options = {}) {
      serial += 1;
      const seconds = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuer,
        aud: audience,
        sub: 'project_path:shop/cart:ref_type:branch:ref:main',
        jti: `job-${serial}-${seconds}`,
        iat: seconds,
        nbf: seconds - 5,
        exp: seconds + 3600,
        namespace_id: '7',
        namespace_path: 'shop',
        project_id: '22',
        project_path: 'shop/cart',
        user_id: '42',
        user_login: 'li.wei',
        user_email: 'li.wei@example.com',
        pipeline_id: '1212',
        pipeline_source: 'push',
        job_id: '4711',
        sha: 'b81a4d6f0c9e7235aa41d0be6f5c3e2d9187a6f4',
        ref: 'main',
        ref_type: 'branch',
        ref_path: 'refs/heads/main',
        ref_protected: 'true',
        runner_environment: 'self-hosted',
        ...change,
      };
      const header = { alg: options.alg ?? 'RS256', kid: options.kid ?? 'gitlab-1', typ: 'JWT' };
      return new SignJWT(claims).setProtectedHeader(header).sign(options.key ?? privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
