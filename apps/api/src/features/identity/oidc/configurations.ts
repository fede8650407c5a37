import type { OutboundClient } from '@quarterdeck/outbound';
import * as oidc from 'openid-client';
import type { Envelopes } from '../../../platform/crypto/envelope.ts';
import { AppError } from '../../../platform/errors.ts';
import type { ProviderRow } from '../providers.store.ts';
import { providerFailure } from './failures.ts';

/** Headers that may go to a provider. */
export const oidcHeaders = ['accept', 'authorization', 'content-type'] as const;

/** What is needed to talk to a provider, stored or not. */
export type ProviderSettings = Pick<ProviderRow, 'issuer' | 'client_id' | 'ca_pem' | 'signing_algorithm'>;

export interface Configurations {
  /** Discovered, and kept for ten minutes. @throws AppError `provider_unreachable`, `provider_misconfigured` */
  of(provider: ProviderRow): Promise<oidc.Configuration>;
  /** Discovered now, kept nowhere. Raises what the library raises. */
  discover(settings: ProviderSettings, secret: string): Promise<oidc.Configuration>;
  secretOf(provider: ProviderRow): string;
}

const keptMs = 10 * 60_000;
const maxKept = 100;
const clockToleranceSeconds = 30;

export const secretPlace = (providerId: string) => ({
  table: 'identity_provider',
  column: 'sealed_secret',
  rowId: providerId,
});

/** How this installation talks to its providers: what they say of themselves, our secret, the guarded way out. */
export function createConfigurations(deps: { outbound: OutboundClient; envelopes: Envelopes }): Configurations {
  const kept = new Map<string, { until: number; configuration: Promise<oidc.Configuration> }>();

  async function discover(settings: ProviderSettings, secret: string): Promise<oidc.Configuration> {
    const send = deps.outbound.fetchFor({ caPem: settings.ca_pem ?? undefined });
    const configuration = await oidc.discovery(
      new URL(settings.issuer),
      settings.client_id,
      {
        id_token_signed_response_alg: settings.signing_algorithm,
        [oidc.clockTolerance]: clockToleranceSeconds,
      },
      clientAuthentication(secret),
      {
        // Without this the library trusts TLS alone and does not look at the signature of the ID token.
        execute: [oidc.enableNonRepudiationChecks],
        [oidc.customFetch]: (url, options) => send(url, options),
      },
    );
    return configuration;
  }

  function secretOf(provider: ProviderRow): string {
    return deps.envelopes
      .open(secretPlace(provider.id), provider.sealed_secret)
      .reveal('sign in to the provider as its client');
  }

  async function load(provider: ProviderRow): Promise<oidc.Configuration> {
    try {
      const configuration = await discover(provider, secretOf(provider));
      if (configuration.serverMetadata().issuer === provider.issuer) return configuration;
    } catch (error) {
      const failure = providerFailure(error);
      if (failure.code === 'provider_unreachable') throw failure;
      throw misconfigured(error);
    }
    throw misconfigured();
  }

  return {
    discover,
    secretOf,
    async of(provider) {
      const key = `${provider.id} ${provider.updated_at.getTime()}`;
      const now = performance.now();
      const existing = kept.get(key);
      if (existing !== undefined && existing.until > now) return existing.configuration;
      if (kept.size >= maxKept) kept.clear();
      const configuration = load(provider);
      kept.set(key, { until: now + keptMs, configuration });
      // A failure is asked again by whoever comes next.
      configuration.catch(() => kept.delete(key));
      return configuration;
    },
  };
}

/** Basic where the provider takes it, as the standard prefers; else in the form. */
function clientAuthentication(secret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(secret);
  const post = oidc.ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return methods.includes('client_secret_basic')
      ? basic(server, client, body, headers)
      : post(server, client, body, headers);
  };
}

function misconfigured(cause?: unknown): AppError {
  return new AppError(
    'provider_misconfigured',
    503,
    'This provider does not describe itself as it is set up here. An owner can see why with Test, in Settings, Identity.',
    { cause },
  );
}
