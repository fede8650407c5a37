import type { ClusterAccess, OnboardingProfile } from '@quarterdeck/contracts';
import { sqlState, type Transaction } from '@quarterdeck/database';
import { type BootstrapCall, credentialExpiry } from '@quarterdeck/kubernetes';
import { type AppError, conflict, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit, AuditEntry } from '../audit/index.ts';
import { record } from './clusters.service.ts';
import type { ClusterRecord, ClustersStore, NewCluster } from './clusters.store.ts';
import type { Connections } from './connections.ts';
import type { ClusterCredentials } from './credentials.ts';
import type { Admitted, Onboarding } from './onboarding.ts';
import { wholeBlocks } from './onboarding-manifest.ts';

export type Registration = {
  slug: string;
  displayName?: string | undefined;
  color?: number | undefined;
  labels: Record<string, string>;
  access: ClusterAccess;
  profile: OnboardingProfile;
  bootstrap: boolean;
  acceptUnverified: boolean;
  renewing: boolean;
};

/** Puts a cluster, or a new credential of one, into the books. */
export interface Registrar {
  /** @throws AppError with a code of the contract `registerCluster`; nothing is saved then */
  register(actor: Actor, registration: Registration): Promise<string>;
  /** @throws AppError with a code of the contract `replaceClusterCredential`; the old credential stays then */
  replaceCredential(
    actor: Actor,
    id: string,
    input: {
      access: ClusterAccess;
      /** As it has, unless told. */
      profile?: OnboardingProfile | undefined;
      bootstrap: boolean;
      renewing: boolean;
    },
  ): Promise<void>;
}

export function createRegistrar(deps: {
  access: Access;
  audit: Audit;
  store: ClustersStore;
  credentials: ClusterCredentials;
  connections: Connections;
  onboarding: Onboarding;
}): Registrar {
  const { access, audit, store, credentials, connections, onboarding } = deps;

  /** The bootstrap's calls go without impersonation, so each leaves a row of its own; no row, no call. */
  function bootstrapTrail(actor: Actor, action: AuditEntry['action'], cluster: { id: string; slug: string }) {
    const write = (entry: Partial<AuditEntry>, changes: AuditEntry['changes']) =>
      audit.record(actor, [{ ...record(action, cluster, changes ?? []), ...entry }]);
    return {
      onBootstrap: (objects: readonly string[]) =>
        write({ reason: 'bootstrap begins' }, [{ path: 'bootstrap/manifest', after: objects }]),
      onCall: ({ method, path, status }: BootstrapCall) =>
        write({ reason: 'bootstrap call', outcome: status < 300 ? 'allowed' : 'failed' }, [
          { path: `bootstrap/${method} ${path}`, after: status },
        ]),
    };
  }

  async function putCredential(
    tx: Transaction,
    id: string,
    { endpoint, report }: Admitted,
    renewing: boolean,
  ): Promise<void> {
    const expiresAt = report.credentialExpiresAt ?? credentialExpiry(endpoint.credential);
    await credentials.put(tx, id, endpoint.credential, { expiresAt, renewing, isRenewal: false });
  }

  return {
    async register(actor, registration) {
      const { slug, labels, profile } = registration;
      const id = newId('clu');
      const admitted = await onboarding.admit(registration.access, {
        profile,
        bootstrap: registration.bootstrap,
        acceptUnverified: registration.acceptUnverified,
        renewing: registration.renewing,
        // A cluster that is known is said to be, whatever it is to be called now.
        async onVerified({ clusterUid }) {
          await refuseKnown(store, clusterUid, undefined);
          if ((await store.findBySlug(slug)) !== undefined) throw slugTaken(slug);
        },
        ...bootstrapTrail(actor, 'clusters:register', { id, slug }),
      });
      await refuseKnown(store, admitted.report.clusterUid, undefined);
      const cluster = newCluster(id, registration, admitted);
      try {
        await access.mutate({ actor, permission: 'clusters:register', target: 'fleet' }, async (tx) => {
          await store.insert(tx, cluster);
          await putCredential(tx, id, admitted, registration.renewing);
          await access.putCluster(tx, id, { ...labels, cluster: slug });
          await access.putClusterProfile(tx, id, accessProfile(profile));
          await store.notify(tx, [id]);
          const changes = (['slug', 'displayName', 'labels', 'server', 'profile', 'clusterUid', 'state'] as const).map(
            (path) => ({
              path,
              after: cluster[path],
            }),
          );
          return { value: undefined, audit: [record('clusters:register', cluster, changes)] };
        });
      } catch (error) {
        throw await explainUnique(error, store, slug, admitted.report.clusterUid);
      }
      return id;
    },

    async replaceCredential(actor, id, input) {
      const before = await store.findById(id);
      if (before === undefined || before.state === 'removing') throw notFound('This cluster');
      const profile = input.profile ?? before.profile;
      const refuseAnother = async (uid: string | undefined) => {
        if (before.clusterUid !== undefined && uid !== before.clusterUid) throw otherCluster(before, uid);
        await refuseKnown(store, uid, id);
      };
      const admitted = await onboarding.admit(input.access, {
        profile,
        bootstrap: input.bootstrap,
        acceptUnverified: false,
        renewing: input.renewing,
        projectNumbers: wholeBlocks(Math.max(0, ...(await access.projects.numbersIn(id)).map(({ number }) => number))),
        // Another cluster is not set up first; who may not read its uid yet is asked again as our account.
        async onVerified({ clusterUid }) {
          if (clusterUid !== undefined) await refuseAnother(clusterUid);
        },
        ...bootstrapTrail(actor, 'clusters:credentials', before),
      });
      const { endpoint, report } = admitted;
      await refuseAnother(report.clusterUid);
      await access.mutate({ actor, permission: 'clusters:credentials', target: { clusterId: id } }, async (tx) => {
        await store.updateEndpoint(tx, id, {
          server: endpoint.server,
          caPem: endpoint.caPem,
          tlsServerName: endpoint.tlsServerName,
          proxyUrl: endpoint.proxyUrl,
          clusterUid: report.clusterUid,
          profile,
        });
        await access.putClusterProfile(tx, id, accessProfile(profile));
        await putCredential(tx, id, admitted, input.renewing);
        // It was just verified; who paused it wants it paused all the same.
        if (before.state !== 'paused') await store.setState(tx, id, 'connected', undefined);
        await store.notify(tx, [id]);
        const changes = [
          { path: 'server', before: before.server, after: endpoint.server },
          { path: 'profile', before: before.profile, after: profile },
          { path: 'credential/kind', before: before.credentialKind, after: endpoint.credential.kind },
          { path: 'credential/expiresAt', before: before.credentialExpiresAt, after: report.credentialExpiresAt },
        ];
        return { value: undefined, audit: [record('clusters:credentials', before, changes)] };
      });
      await connections.follow(id);
    },
  };
}

function newCluster(id: string, registration: Registration, { endpoint, report }: Admitted): NewCluster {
  const problem = report.checks.find((check) => check.level === 'block');
  return {
    id,
    slug: registration.slug,
    displayName: registration.displayName ?? registration.slug,
    color: registration.color ?? colorOf(registration.slug),
    labels: registration.labels,
    server: endpoint.server,
    caPem: endpoint.caPem,
    tlsServerName: endpoint.tlsServerName,
    proxyUrl: endpoint.proxyUrl,
    clusterUid: report.clusterUid,
    profile: registration.profile,
    state: problem === undefined ? 'connected' : 'pending',
    stateReason: problem?.detail,
    version: report.version,
    latencyMs: report.latencyMs,
  };
}

/** What a profile means for the groups and the user of people. */
function accessProfile({ people, bindings }: OnboardingProfile) {
  return { fleetRungs: bindings === 'managed', named: people === 'named' };
}

/** A colour of the eight that stays the same for a slug. */
function colorOf(slug: string): number {
  let sum = 0;
  for (const character of slug) sum = (sum * 31 + character.charCodeAt(0)) % 8;
  return sum;
}

async function refuseKnown(store: ClustersStore, uid: string | undefined, except: string | undefined): Promise<void> {
  const known = uid === undefined ? undefined : await store.findByUid(uid);
  if (known !== undefined && known.id !== except) throw alreadyRegistered(known);
}

function alreadyRegistered(known: Pick<ClusterRecord, 'slug'>): AppError {
  return conflict('cluster_already_registered', `This cluster is registered already, as ${known.slug}.`);
}

function slugTaken(slug: string): AppError {
  const detail = `Another cluster has the slug ${slug}. Take another one.`;
  return conflict('slug_taken', detail, [{ pointer: '/slug', code: 'slug_taken', detail }]);
}

function otherCluster(before: ClusterRecord, uid: string | undefined): AppError {
  const detail = `This credential opens another cluster (uid of kube-system ${uid ?? 'not readable'}, not ${before.clusterUid}).`;
  return conflict('cluster_identity_differs', detail, [
    { pointer: '/access', code: 'cluster_identity_differs', detail },
  ]);
}

/** Two registrations at once: the loser's unique violation in the words of its code. */
async function explainUnique(
  error: unknown,
  store: ClustersStore,
  slug: string,
  uid: string | undefined,
): Promise<unknown> {
  if (sqlState(error) !== '23505') return error;
  const known = uid === undefined ? undefined : await store.findByUid(uid);
  return known === undefined ? slugTaken(slug) : alreadyRegistered(known);
}
