import { readFile } from 'node:fs/promises';
import type { ClusterData } from './types.ts';

/** A write as the API server itself noted it. */
export type AuditedWrite = {
  /** One per request. */
  id: string;
  verb: 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  /** Plural, with its subresource: `deployments`, `pods/eviction`. */
  resource: string;
  namespace: string;
  name: string;
  /** Whom it was done as: of an impersonated request, not who sent it. */
  user: string;
  status: number;
  isDryRun: boolean;
  /** What the object had after it; a write that changed nothing leaves it as it was. */
  resourceVersion: string | undefined;
  /** Milliseconds since 1970 at which it was answered. */
  answeredAt: number;
};

/** Writes of whoever is not the admin, whose token the controllers share; with the objects they led to. */
export const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    { level: 'None', users: ['testbed-admin', 'system:apiserver'] },
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    // Asks, and changes nothing.
    { level: 'None', resources: [{ group: 'authorization.k8s.io' }, { group: 'authentication.k8s.io' }] },
    { level: 'RequestResponse' },
  ],
});

export function auditFlags(policyFile: string, logFile: string): string[] {
  // Each line is there before its request is answered, so that whoever has an answer finds its line.
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`, '--audit-log-mode=blocking'];
}

type Line = {
  auditID: string;
  stage: string;
  verb: AuditedWrite['verb'];
  requestURI: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  responseObject?: { metadata?: { resourceVersion?: string; name?: string } };
  stageTimestamp: string;
};

/** All writes to a cluster since it started, oldest first. Raises an error when its fleet keeps no audit log. */
export async function readAuditLog({
  name,
  auditFile,
}: Pick<ClusterData, 'name' | 'auditFile'>): Promise<AuditedWrite[]> {
  if (auditFile === undefined) throw new Error(`${name} keeps no audit log: start its fleet with audit`);
  const text = await readFile(auditFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ stage }) => stage === 'ResponseComplete')
    .map(toWrite);
}

function toWrite(line: Line): AuditedWrite {
  const { resource = '', subresource, namespace = '', name = '' } = line.objectRef ?? {};
  const made = line.responseObject?.metadata;
  return {
    id: line.auditID,
    verb: line.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name: name === '' ? (made?.name ?? '') : name,
    user: (line.impersonatedUser ?? line.user).username,
    status: line.responseStatus?.code ?? 0,
    isDryRun: /[?&]dryRun=All\b/.test(line.requestURI),
    resourceVersion: made?.resourceVersion,
    answeredAt: Date.parse(line.stageTimestamp),
  };
}
