import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** A configuration that cannot be used: printed as it is, exit 78. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

const flag = z.stringbool();
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const portHint = 'give a port from 1 to 65535';
/** Several hosts are separated by commas, so it is no URL that the platform could parse. */
const databaseAddress = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, 'give an address such as postgresql://user:password@host:5432/quarterdeck');

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return path.isAbsolute(file) && statSync(file).isFile();
  } catch {
    return false;
  }
}

const schema = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number(portHint).int(portHint).min(1, portHint).max(65_535, portHint).default(8080),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'give an address such as https://quarterdeck.example.com' })
    .optional(),
  dataDir: z.string().min(1).default('.quarterdeck'),
  demo: flag.default(true),
  databaseUrl: databaseAddress.optional(),
  migrationDatabaseUrl: databaseAddress.optional(),
  keyring: z.string().optional(),
  keyringFile: z.string().optional(),
  /** File that signed heads of the audit trail are appended to, outside the database. */
  checkpointFile: z.string().optional(),
  /** `CIDR:port` entries that may be dialled although they are loopback or link-local. */
  clusterAddressAllow: list.default([]),
  clusterProxyAllow: list.default([]),
  trustedProxies: list.default([]),
  /** Port of `/metrics`; unset: off. Without a token it listens on loopback alone. */
  metricsPort: z.coerce.number().int().min(1).max(65_535).optional(),
  metricsToken: z.string().min(16, 'use at least 16 characters').optional(),
  /** The helm that charts are imported with; unset: there is no import. */
  helm: z.string().refine(isProgram, 'give the absolute path of a program that may be run').optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Folder of the built portal; set by the tools that build it. */
  portalDir: z.string().default('apps/web/dist'),
});

export type Config = z.infer<typeof schema> & {
  /** First is canonical. */
  publicOrigins: readonly string[];
  /** Plain http on this machine only: other cookie names, no HSTS claim. */
  loopback: boolean;
  /** In loopback mode the all-in-one process answers TLS on its port too; `caPem` is what a kubeconfig trusts. */
  loopbackTls?: { caPem: string; certPem: string; keyPem: string };
};

const environmentNames: Record<keyof z.infer<typeof schema>, string> = {
  host: 'QUARTERDECK_HOST',
  port: 'QUARTERDECK_PORT',
  publicUrl: 'QUARTERDECK_PUBLIC_URL',
  dataDir: 'QUARTERDECK_DATA_DIR',
  demo: 'QUARTERDECK_DEMO',
  databaseUrl: 'DATABASE_URL',
  migrationDatabaseUrl: 'QUARTERDECK_MIGRATION_DATABASE_URL',
  keyring: 'QUARTERDECK_KEYRING',
  keyringFile: 'QUARTERDECK_KEYRING_FILE',
  checkpointFile: 'QUARTERDECK_CHECKPOINT_FILE',
  clusterAddressAllow: 'QUARTERDECK_CLUSTER_ADDRESS_ALLOW',
  clusterProxyAllow: 'QUARTERDECK_CLUSTER_PROXY_ALLOW',
  trustedProxies: 'QUARTERDECK_TRUSTED_PROXIES',
  metricsPort: 'QUARTERDECK_METRICS_PORT',
  metricsToken: 'QUARTERDECK_METRICS_TOKEN',
  helm: 'QUARTERDECK_HELM',
  logLevel: 'QUARTERDECK_LOG_LEVEL',
  portalDir: 'QUARTERDECK_PORTAL_DIR',
};

const flagNames: Record<string, keyof typeof environmentNames> = {
  '--host': 'host',
  '--port': 'port',
  '--data-dir': 'dataDir',
  '--database-url': 'databaseUrl',
};

/**
 * Parses the environment and the command line once; a flag beats its variable.
 * @throws ConfigError that names the flag or variable and the way out
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Config {
  const raw: Record<string, string> = {};
  for (const [key, name] of Object.entries(environmentNames)) {
    const value = environment[name];
    if (value !== undefined && value !== '') raw[key] = value;
  }
  const given = parseFlags(args);
  const parsed = schema.safeParse({ ...raw, ...given });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0] ?? '') as keyof typeof environmentNames;
    const flagName = Object.entries(flagNames).find(([, target]) => target === key)?.[0];
    const names = [flagName, environmentNames[key]].filter((name) => name !== undefined).join(' or ');
    throw new ConfigError(`${names} is not valid: ${issue?.message ?? ''}.`);
  }
  return { ...parsed.data, ...originsOf(parsed.data) };
}

function parseFlags(args: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (let index = 0; index < args.length; index += 1) {
    const [name = '', inline] = (args[index] ?? '').split(/=(.*)/s, 2);
    if (name === '') continue;
    if (name === '--no-demo') {
      given.demo = 'false';
      continue;
    }
    const key = flagNames[name];
    if (key === undefined) {
      throw new ConfigError(`Unknown option ${name}. Known: ${[...Object.keys(flagNames), '--no-demo'].join(', ')}.`);
    }
    if (inline === undefined) index += 1;
    const value = inline ?? args[index];
    if (value === undefined || value.startsWith('--'))
      throw new ConfigError(`${name} needs a value, as in ${name} VALUE.`);
    given[key] = value;
  }
  return given;
}

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

function originsOf(config: z.infer<typeof schema>): { publicOrigins: string[]; loopback: boolean } {
  if (config.publicUrl === undefined) {
    if (!loopbackHosts.has(config.host)) {
      throw new ConfigError(
        `The server would listen on ${config.host}, so others reach it: set QUARTERDECK_PUBLIC_URL to its https address, or leave --host out.`,
      );
    }
    const hosts = ['localhost', '127.0.0.1'];
    return { publicOrigins: hosts.map((host) => `http://${host}:${config.port}`), loopback: true };
  }
  const url = new URL(config.publicUrl);
  if (url.protocol === 'https:') return { publicOrigins: [url.origin], loopback: false };
  if (loopbackHosts.has(url.hostname)) return { publicOrigins: [url.origin], loopback: true };
  throw new ConfigError(
    `QUARTERDECK_PUBLIC_URL is plain http on ${url.hostname}. Put TLS in front and give its https address.`,
  );
}

/** The one place that reads the process environment. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;
