import { z } from 'zod';
import type { ClusterCredential, ClusterEndpoint } from '../transport/cluster-client.ts';
import { parseCertificates, parseClientCertificate, parseServer, parseToken } from './access-parts.ts';
import { type AccessRefusal, AccessRefusedError } from './refusal.ts';
import { parseYaml } from './safe-yaml.ts';

const text = z.string().nullish();

const clusterFields = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': text,
  'proxy-url': text,
});

const userFields = z.looseObject({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
});

const contextFields = z.looseObject({ cluster: text, user: text, namespace: text });

const kubeconfigSchema = z.looseObject({
  kind: z.literal('Config').nullish(),
  'current-context': text,
  clusters: z.array(z.looseObject({ name: z.string(), cluster: clusterFields.nullish() })).nullish(),
  users: z.array(z.looseObject({ name: z.string(), user: userFields.nullish() })).nullish(),
  contexts: z.array(z.looseObject({ name: z.string(), context: contextFields.nullish() })).nullish(),
});

/** What we say about one context of a kubeconfig. */
export type ContextVerdict = {
  context: string;
  cluster: string;
  namespace?: string;
  /** Kept also where the credential is refused, as for `exec`: only a token is missing then. */
  address?: Omit<ClusterEndpoint, 'credential'>;
  endpoint?: ClusterEndpoint;
  refusal?: AccessRefusal;
};

export type KubeconfigVerdict = {
  currentContext?: string;
  contexts: ContextVerdict[];
  /** The text as a whole is not a kubeconfig. */
  refusal?: AccessRefusal;
};

const flatten = 'kubectl config view --raw --flatten --minify';
const maxContexts = 200;

type Fields = Record<string, unknown>;
type Named = { fields: Fields; pointer: string };

/**
 * Judges each context of a kubeconfig: an endpoint we can use, or the reason why not. Pure: no file, process or
 * socket is touched, whatever the text asks for.
 * @param allowedProxies `proxy-url` values the operator listed
 */
export function parseKubeconfig(source: string, allowedProxies: readonly string[] = []): KubeconfigVerdict {
  try {
    const config = read(source);
    const contexts = (config.contexts ?? []).slice(0, maxContexts);
    if (contexts.length === 0) throw invalid('/contexts', 'It has no context.');
    const current = stringOf(config['current-context']);
    return {
      ...(current === undefined ? {} : { currentContext: current }),
      contexts: contexts.map((_, index) => judge(config, index, allowedProxies)),
    };
  } catch (error) {
    if (error instanceof AccessRefusedError) return { contexts: [], refusal: error.refusal };
    throw error;
  }
}

function read(source: string): z.infer<typeof kubeconfigSchema> {
  let value: unknown;
  try {
    value = parseYaml(source);
  } catch (error) {
    throw invalid('', `It is not YAML. ${error instanceof Error ? error.message : ''}`);
  }
  const parsed = kubeconfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String) ?? [];
  throw invalid(path.map((part) => `/${part}`).join(''), 'It is YAML, but not a kubeconfig.');
}

function judge(
  config: z.infer<typeof kubeconfigSchema>,
  index: number,
  allowedProxies: readonly string[],
): ContextVerdict {
  const entry = config.contexts?.[index];
  const context = fieldsOf(entry?.context);
  const clusterName = stringOf(context.cluster) ?? '';
  const namespace = stringOf(context.namespace);
  const verdict: ContextVerdict = {
    context: entry?.name ?? '',
    cluster: clusterName,
    ...(namespace === undefined ? {} : { namespace }),
  };
  try {
    const cluster = find(config.clusters, 'cluster', clusterName, `/contexts/${index}/context/cluster`);
    verdict.address = addressOf(cluster, allowedProxies);
    const user = find(config.users, 'user', stringOf(context.user) ?? '', `/contexts/${index}/context/user`);
    verdict.endpoint = { ...verdict.address, credential: credentialOf(user) };
  } catch (error) {
    if (!(error instanceof AccessRefusedError)) throw error;
    verdict.refusal = error.refusal;
  }
  return verdict;
}

function find(list: { name: string }[] | null | undefined, key: string, name: string, pointer: string): Named {
  const index = list?.findIndex((entry) => entry.name === name) ?? -1;
  const entry = list?.[index] as Fields | undefined;
  if (entry === undefined) throw invalid(pointer, `It names a ${key} that the file does not have.`);
  return { fields: fieldsOf(entry[key]), pointer: `/${key}s/${index}/${key}` };
}

function addressOf({ fields, pointer }: Named, allowedProxies: readonly string[]): Omit<ClusterEndpoint, 'credential'> {
  if (fields['insecure-skip-tls-verify'] === true) {
    throw new AccessRefusedError(
      'kubeconfig_insecure',
      `${pointer}/insecure-skip-tls-verify`,
      'It switches the check of the server certificate off. Put the CA of the cluster in its place.',
      'kubectl config set-cluster NAME --certificate-authority=ca.crt --embed-certs=true --insecure-skip-tls-verify=false',
    );
  }
  const server = parseServer(stringOf(fields.server) ?? '', `${pointer}/server`);
  refuseFile(fields, pointer, ['certificate-authority']);
  const proxy = stringOf(fields['proxy-url']);
  if (proxy !== undefined && !(allowedProxies.includes(proxy) && isHttpProxy(proxy))) {
    throw new AccessRefusedError(
      'kubeconfig_proxy',
      `${pointer}/proxy-url`,
      'It goes through a proxy that is not an http:// one on the list of the operator of Quarterdeck.',
      'Register the address of the API server itself, or have the proxy added to QUARTERDECK_CLUSTER_PROXY_ALLOW.',
    );
  }
  const tlsServerName = stringOf(fields['tls-server-name']);
  const ca = stringOf(fields['certificate-authority-data']);
  return {
    server,
    ...(ca === undefined
      ? {}
      : { caPem: parseCertificates(decode(ca), `${pointer}/certificate-authority-data`, 'The CA') }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxy === undefined ? {} : { proxyUrl: proxy }),
  };
}

function isHttpProxy(proxy: string): boolean {
  const url = URL.parse(proxy);
  return url?.protocol === 'http:' && url.username === '' && url.password === '';
}

function credentialOf({ fields, pointer }: Named): ClusterCredential {
  const impersonation = Object.keys(fields).find((key) => /^as($|-)/.test(key));
  if (impersonation !== undefined) {
    throw new AccessRefusedError(
      'kubeconfig_impersonation',
      `${pointer}/${impersonation}`,
      'It speaks in the name of somebody else. Quarterdeck does that itself, per request: remove this field.',
    );
  }
  if (fields.exec !== undefined && fields.exec !== null) {
    throw new AccessRefusedError(
      'kubeconfig_exec',
      `${pointer}/exec`,
      'It runs a program to get its credential. Quarterdeck runs none: server and CA are kept, a token is missing.',
      'Apply the shown manifest with your own kubectl, print the token of the ServiceAccount quarterdeck with the shown line, and paste that token.',
    );
  }
  if (fields['auth-provider'] !== undefined && fields['auth-provider'] !== null) {
    throw new AccessRefusedError(
      'kubeconfig_auth_provider',
      `${pointer}/auth-provider`,
      'It uses an auth-provider, which Kubernetes removed in 1.26. Use a token or a client certificate.',
    );
  }
  const basic = ['username', 'password'].find((key) => stringOf(fields[key]) !== undefined);
  if (basic !== undefined) {
    throw new AccessRefusedError(
      'kubeconfig_basic_auth',
      `${pointer}/${basic}`,
      'It uses a user name and password, which Kubernetes removed in 1.19. Use a token or a client certificate.',
    );
  }
  refuseFile(fields, pointer, ['client-certificate', 'client-key', 'tokenFile']);
  const certificate = stringOf(fields['client-certificate-data']);
  const key = stringOf(fields['client-key-data']);
  // Kubernetes asks the certificate first where a request carries both.
  if (certificate !== undefined && key !== undefined) {
    return parseClientCertificate(
      { pem: decode(certificate), pointer: `${pointer}/client-certificate-data` },
      { pem: decode(key), pointer: `${pointer}/client-key-data` },
    );
  }
  const token = stringOf(fields.token);
  if (token === undefined) throw invalid(pointer, 'The user has no token and no client certificate with its key.');
  return parseToken(token, `${pointer}/token`);
}

function refuseFile(fields: Fields, pointer: string, keys: readonly string[]): void {
  const key = keys.find((each) => stringOf(fields[each]) !== undefined);
  if (key === undefined) return;
  throw new AccessRefusedError(
    'kubeconfig_file_path',
    `${pointer}/${key}`,
    `${key} names a file on your machine, which Quarterdeck does not have. Paste a kubeconfig that holds its content.`,
    flatten,
  );
}

function invalid(pointer: string, detail: string): AccessRefusedError {
  return new AccessRefusedError('kubeconfig_invalid', pointer, detail);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
