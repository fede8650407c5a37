import { X509Certificate } from 'node:crypto';
import type { IdentityProvider } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import type { OutboundClient } from '@quarterdeck/outbound';
import type { Envelopes } from '../../platform/crypto/envelope.ts';
import { invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { AuditChange, AuditEntry } from '../audit/index.ts';
import type { IdentityPorts } from './identity-ports.ts';
import { type Configurations, secretPlace } from './oidc/configurations.ts';
import { callbackPath } from './oidc/provider-sign-in.ts';
import { testProvider } from './oidc/test-provider.ts';
import type { ProviderChange, ProviderRow, ProvidersStore, TakenField } from './providers.store.ts';
import type { Sessions } from './sessions.ts';

const configure = { permission: 'identity:configure', target: 'fleet' } as const;

type Settings = Omit<ProviderChange, 'sealedSecret'> & { clientSecret?: string | undefined };
type Draft = {
  issuer: string;
  clientId: string;
  scopes: readonly string[];
  groupsClaim?: string | undefined;
  caPem?: string | undefined;
  signingAlgorithm: string;
  clientSecret?: string | undefined;
};

export type ManageProviders = ReturnType<typeof createManageProviders>;

/** OIDC providers: added, tried, changed, removed. Their secrets go in and never come out. */
export function createManageProviders(deps: {
  database: Database;
  store: ProvidersStore;
  sessions: Sessions;
  envelopes: Envelopes;
  configurations: Configurations;
  outbound: OutboundClient;
  ports: IdentityPorts;
  publicOrigins: readonly string[];
}) {
  const { database, store, sessions, envelopes, ports, publicOrigins } = deps;
  const redirectUrisOf = (id: string) => publicOrigins.map((origin) => `${origin}${callbackPath(id)}`);

  const logoutUriOf = (id: string) => `${publicOrigins[0] ?? ''}/api/v1/auth/providers/${id}/logout`;

  function viewOf(row: ProviderRow & { people: number }): IdentityProvider {
    const id = fromUuid('idp', row.id);
    return {
      id,
      name: row.name,
      issuer: row.issuer,
      clientId: row.client_id,
      scopes: row.scopes,
      ...(row.groups_claim === null ? {} : { groupsClaim: row.groups_claim }),
      ...(row.ca_pem === null ? {} : { caPem: row.ca_pem }),
      signingAlgorithm: row.signing_algorithm as IdentityProvider['signingAlgorithm'],
      enabled: row.enabled,
      redirectUris: redirectUrisOf(id),
      postLogoutRedirectUris: publicOrigins.map((origin) => `${origin}/sign-in`),
      backchannelLogoutUri: logoutUriOf(id),
      createdAt: row.created_at.toISOString(),
      updatedAt: row.updated_at.toISOString(),
      people: row.people,
    };
  }

  async function viewById(uuid: string): Promise<IdentityProvider> {
    const row = (await store.list()).find(({ id }) => id === uuid);
    if (row === undefined) throw notFound('This provider');
    return viewOf(row);
  }

  return {
    async listProviderSettings() {
      const items = (await store.list()).map(viewOf);
      const id = newId('idp');
      const draft = { id, redirectUris: redirectUrisOf(id), backchannelLogoutUri: logoutUriOf(id) };
      return { items, total: items.length, totalIsExact: true, draft };
    },

    async createProvider(
      actor: Actor,
      input: Draft & { id?: string | undefined; name: string; clientSecret: string; enabled: boolean },
    ): Promise<IdentityProvider> {
      assertCertificates(input.caPem);
      const id = input.id ?? newId('idp');
      const uuid = toUuid(id);
      await ports.mutate({ actor, ...configure }, async (tx) => {
        const taken = await store.insert(tx, {
          id: uuid,
          name: input.name,
          issuer: input.issuer,
          clientId: input.clientId,
          sealedSecret: envelopes.seal(secretPlace(uuid), input.clientSecret),
          scopes: input.scopes,
          groupsClaim: input.groupsClaim ?? null,
          caPem: input.caPem ?? null,
          signingAlgorithm: input.signingAlgorithm,
          enabled: input.enabled,
        });
        if (taken !== undefined) throw takenError(taken);
        const { clientSecret: _, caPem: __, id: ___, ...shown } = input;
        return { value: undefined, audit: [entry(id, input.name, [{ path: 'created', after: shown }])] };
      });
      return viewById(uuid);
    },

    async updateProvider(actor: Actor, id: string, input: Settings): Promise<IdentityProvider> {
      assertCertificates(input.caPem ?? undefined);
      const uuid = toUuid(id);
      await ports.mutate({ actor, ...configure }, async (tx) => {
        const before = await store.find(tx, uuid);
        if (before === undefined) throw notFound('This provider');
        const { clientSecret, ...change } = input;
        const taken = await store.update(tx, uuid, {
          ...change,
          ...(clientSecret === undefined ? {} : { sealedSecret: envelopes.seal(secretPlace(uuid), clientSecret) }),
        });
        if (taken !== undefined) throw takenError(taken);
        // A provider is turned off because it is not trusted any more: what it opened ends.
        if (input.enabled === false) {
          await sessions.store.deleteSessionsOfProvider(tx, uuid);
        }
        return { value: undefined, audit: [entry(id, input.name ?? before.name, changesOf(before, input))] };
      });
      return viewById(uuid);
    },

    /** Its accounts stay, for the record, without a way in; its groups and their grants go. */
    async deleteProvider(actor: Actor, id: string): Promise<void> {
      const uuid = toUuid(id);
      await ports.mutate({ actor, ...configure }, async (tx) => {
        const before = await store.find(tx, uuid);
        if (before === undefined) throw notFound('This provider');
        await sessions.store.deleteSessionsOfProvider(tx, uuid);
        for (const group of await store.groupsOf(tx, uuid)) await ports.dropSubject(tx, group);
        await store.remove(tx, uuid);
        return { value: undefined, audit: [entry(id, before.name, [{ path: 'deleted', before: before.issuer }])] };
      });
    },

    /** A report on settings, saved or not. */
    async testProvider(input: Draft & { id?: string | undefined }) {
      assertCertificates(input.caPem);
      const stored = input.id === undefined ? undefined : await store.find(database.pool, toUuid(input.id));
      // The stored secret goes to the issuer it was stored for, and to no other.
      const keptSecret =
        stored !== undefined && stored.issuer === input.issuer ? deps.configurations.secretOf(stored) : undefined;
      const redirectUris = redirectUrisOf(input.id ?? newId('idp'));
      const { checks, claims } = await testProvider(
        deps,
        {
          issuer: input.issuer,
          client_id: input.clientId,
          ca_pem: input.caPem ?? null,
          signing_algorithm: input.signingAlgorithm,
          scopes: input.scopes,
          groups_claim: input.groupsClaim ?? null,
        },
        input.clientSecret ?? keptSecret,
        redirectUris[0] ?? '',
      );
      return { ok: checks.every(({ level }) => level !== 'block'), checks, redirectUris, claims };
    },
  };
}

/** @throws AppError `ca_invalid` */
function assertCertificates(pem: string | undefined): void {
  if (pem === undefined) return;
  try {
    for (const [block] of pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)) {
      new X509Certificate(block);
    }
    new X509Certificate(pem);
  } catch (cause) {
    throw invalid('ca_invalid', 'This is not a certificate in PEM form.', '/caPem', { cause });
  }
}

function changesOf(before: ProviderRow, input: Settings): AuditChange[] {
  const pairs: [string, unknown, unknown][] = [
    ['name', before.name, input.name],
    ['clientId', before.client_id, input.clientId],
    ['scopes', before.scopes, input.scopes],
    ['groupsClaim', before.groups_claim, input.groupsClaim],
    ['signingAlgorithm', before.signing_algorithm, input.signingAlgorithm],
    ['enabled', before.enabled, input.enabled],
  ];
  return [
    ...pairs
      .filter(([, was, is]) => is !== undefined && JSON.stringify(was) !== JSON.stringify(is))
      .map(([path, was, is]) => ({ path, before: was, after: is })),
    ...(input.clientSecret === undefined ? [] : [{ path: 'clientSecret', after: 'replaced' }]),
    ...(input.caPem === undefined ? [] : [{ path: 'caPem', after: input.caPem === null ? 'removed' : 'replaced' }]),
  ];
}

function takenError(taken: TakenField) {
  if (taken === 'id') return invalid('id_taken', 'This id is in use. Leave it out to get a new one.', '/id');
  return taken === 'name'
    ? invalid('name_taken', 'Another provider has this name.', '/name')
    : invalid('issuer_taken', 'This issuer is set up already. Change that provider instead.', '/issuer');
}

function entry(id: string, name: string, changes: readonly AuditChange[]): AuditEntry {
  return { action: 'identity:configure', target: { kind: 'provider', id, name }, changes };
}
