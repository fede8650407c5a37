import { isRead, isSecret, isSelfReview, isTunnel, type ProxyVerb } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import { databaseAway } from '../../../platform/http/problems.ts';
import type { Actor } from '../../../platform/principal.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Access } from '../../access/index.ts';
import type { Audit, AuditChange, AuditEntry } from '../../audit/index.ts';
import { type AdmittedRequest, auditPlace, nameOf } from './admit.ts';

/** How a request to a cluster ended: an HTTP status, or why there is none. */
export type Outcome = { status: number } | { code: string };

/** The second half of a record, once it is known how it ended; never raises. */
export type Closing = (outcome: Outcome, facts?: readonly AuditChange[]) => Promise<void>;

/** Writes to a cluster, shells, tunnels, Secrets and logs leave a record before anything is sent, and one after. */
export interface ProxyRecords {
  /**
   * The intent. `undefined` for what leaves no record. The permission of a change is asked once more in the same
   * transaction.
   * @throws AppError 503 when it cannot be written: then nothing may be sent; 403 when the right went meanwhile
   */
  open(actor: Actor, admitted: AdmittedRequest): Promise<Closing | undefined>;
}

export function createProxyRecords(deps: { access: Access; audit: Audit; logger: Logger }): ProxyRecords {
  const { access, audit, logger } = deps;

  async function entryOf({ target, verb, query, permissions, place }: AdmittedRequest): Promise<AuditEntry> {
    const { clusterId = '', namespace } = place;
    const owner = namespace === undefined ? undefined : await access.projects.ownerOf(clusterId, namespace);
    const name = target.kind === 'object' ? target.name : undefined;
    return {
      action: permissions[0] ?? 'clusters:read',
      target: {
        kind: nameOf(target),
        ...(name === undefined ? {} : { name }),
        ...auditPlace(place),
        ...(owner === undefined ? {} : { project: owner.projectId, environment: owner.environmentId }),
      },
      changes: [{ path: 'verb', after: verb }, ...asked(query)],
    };
  }

  async function writeIntent(actor: Actor, { verb, permissions, place }: AdmittedRequest, entry: AuditEntry) {
    const [permission] = permissions;
    const intent = { ...entry, reason: 'intent' };
    if (permission === undefined || isRead(verb)) return audit.record(actor, [intent]);
    await access.mutate({ actor, permission, target: place }, async () => ({ value: undefined, audit: [intent] }));
  }

  return {
    async open(actor, admitted) {
      if (!leavesRecord(admitted)) return undefined;
      const entry = await entryOf(admitted);
      try {
        await writeIntent(actor, admitted, entry);
      } catch (error) {
        if (error instanceof AppError) throw error;
        logger.error({ err: error }, 'the intent of a request to a cluster could not be recorded');
        throw databaseAway(error) ?? new AppError('unavailable', 503, 'It cannot be recorded now, so it was not sent.');
      }
      return async (outcome, facts = []) => {
        const failed = 'code' in outcome || outcome.status >= 400;
        await audit
          .record(actor, [
            {
              ...entry,
              ...(failed ? { outcome: 'failed', code: codeOf(outcome) } : {}),
              changes: [...(entry.changes ?? []), ...facts],
              reason: 'outcome',
            },
          ])
          .catch((error: unknown) => {
            logger.error({ err: error }, 'the outcome of a request to a cluster could not be recorded');
          });
      };
    },
  };
}

function leavesRecord({ target, verb, permissions }: AdmittedRequest): boolean {
  if (isSelfReview(target)) return false;
  return !isRead(verb as ProxyVerb) || isTunnel(target) || isSecret(target) || permissions.includes('workloads:logs');
}

function codeOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : `status_${outcome.status}`;
}

/** What of a query says what was done; bodies and other values stay out. */
function asked(query: URLSearchParams): AuditChange[] {
  const words = query.getAll('command');
  const one = (name: string) => {
    const value = query.get(name);
    return value === null ? [] : [{ path: name, after: value }];
  };
  return [
    ...(words.length === 0 ? [] : [{ path: 'command', after: words }]),
    ...['container', 'dryRun', 'fieldManager', 'force', 'follow'].flatMap(one),
  ];
}
