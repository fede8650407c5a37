import { OutboundError } from '@quarterdeck/outbound';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { AppError } from '../../../platform/errors.ts';

/** Codes of OAuth that may be shown; anything else a provider writes is its own text, which is not ours to repeat. */
const knownRefusals: Readonly<Record<string, string>> = {
  access_denied: 'You, or your provider, refused the sign-in.',
  login_required: 'The provider asks you to sign in there first.',
  consent_required: 'The provider asks for a consent that was not given.',
  interaction_required: 'The provider asks for a step that was not done.',
  temporarily_unavailable: 'The provider is not available at the moment.',
  server_error: 'The provider failed.',
  invalid_client: 'The provider does not accept the client id and secret that are set here.',
  unauthorized_client: 'The provider does not allow this client to sign people in this way.',
  invalid_grant: 'The provider did not accept its own code again: it was used, is too old, or was swapped.',
  invalid_scope: 'The provider does not know one of the scopes that are set here.',
};

/** The failure of the network behind an error of the OIDC library, if that is what it was. */
export function networkFailure(error: unknown): OutboundError | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if (at instanceof OutboundError) return at;
  }
  return undefined;
}

/** The code of a refusal that the provider answered with. */
export function refusalCode(error: unknown): string | undefined {
  return error instanceof AuthorizationResponseError || error instanceof ResponseBodyError ? error.error : undefined;
}

/** What the library says of an answer that it did not take: a short word of its own, never the provider's text. */
export function libraryCode(error: unknown): string {
  return error instanceof ClientError ? (error.code ?? 'invalid') : error instanceof Error ? error.name : 'unknown';
}

/** Any failure of talking to a provider as an `AppError` in our own words. */
export function providerFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const network = networkFailure(error);
  if (network !== undefined) {
    return new AppError('provider_unreachable', 503, `The provider does not answer: ${network.message}`, {
      retryAfterSeconds: 10,
      cause: error,
    });
  }
  const refusal = refusalCode(error);
  if (refusal !== undefined) {
    const detail = knownRefusals[refusal] ?? 'The provider refused the sign-in.';
    return new AppError('provider_refused', 400, detail, { cause: error });
  }
  return new AppError(
    'provider_answer_invalid',
    400,
    'The answer of the provider does not hold: it is not for us, not signed as agreed, or not of this sign-in.',
    { cause: error },
  );
}
