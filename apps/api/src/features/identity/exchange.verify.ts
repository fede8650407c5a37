import { workloadAlgorithms } from '@quarterdeck/contracts';
import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type JobClaims, jobClaimsSchema } from './exchange.claims.ts';
import { IssuerError } from './exchange.keys.ts';

const maxAge = '60 minutes';
const clockToleranceSeconds = 30;

/** An identity token that is not to be believed; the message says why and what to do. */
export class IdTokenError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'IdTokenError';
  }
}

/** Who the token says it is from, before anything is believed. @throws IdTokenError */
export function unverifiedIssuer(idToken: string): string {
  try {
    const { iss } = decodeJwt(idToken);
    if (typeof iss === 'string' && iss !== '') return iss;
  } catch (error) {
    throw new IdTokenError('This is not a JSON web token. Send the variable that id_tokens of your job defines.', {
      cause: error,
    });
  }
  throw new IdTokenError('The token names no issuer.');
}

/**
 * Signature by a pinned algorithm, issuer, our audience, not expired and not older than an hour, an id of its own, and
 * GitLab's claims of the job.
 * @param now the database's time
 * @throws IdTokenError, IssuerError
 */
export async function verifyIdToken(
  idToken: string,
  options: { keys: JWTVerifyGetKey; issuer: string; audience: string; now: Date },
): Promise<JobClaims> {
  try {
    const { payload } = await jwtVerify(idToken, options.keys, {
      algorithms: [...workloadAlgorithms],
      issuer: options.issuer,
      audience: options.audience,
      maxTokenAge: maxAge,
      clockTolerance: clockToleranceSeconds,
      currentDate: options.now,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
    const claims = jobClaimsSchema.safeParse(payload);
    if (!claims.success) {
      const field = claims.error.issues[0]?.path.join('.') ?? '';
      throw new IdTokenError(`The claim ${field} is missing or not as GitLab writes it.`);
    }
    return claims.data;
  } catch (error) {
    throw explained(error, options.audience);
  }
}

function explained(error: unknown, audience: string): Error {
  if (error instanceof IdTokenError) return error;
  if (error instanceof errors.JWTExpired) {
    return new IdTokenError('The token has expired or is older than an hour: exchange it at the start of the job.', {
      cause: error,
    });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const detail =
      error.claim === 'aud'
        ? `The token is for another audience: set aud to ${audience} in id_tokens.`
        : `The claim ${error.claim} of the token does not hold.`;
    return new IdTokenError(detail, { cause: error });
  }
  if (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError)
  ) {
    return new IssuerError('Its signing keys could not be read.', { cause: error });
  }
  // `JOSEError` itself: the key set answered, but not with 200 or not with JSON.
  if (error.code === 'ERR_JOSE_GENERIC')
    return new IssuerError('Its signing keys could not be read.', { cause: error });
  return new IdTokenError('The signature of the token is not one of its issuer.', { cause: error });
}
