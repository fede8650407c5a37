import { AppError } from '../../../platform/errors.ts';

/** Who an ID token says somebody is. Only `subject` decides anything, together with the issuer. */
export type Person = {
  subject: string;
  /** For display. */
  displayName: string;
  /** For display and for a readable account name. */
  preferredName: string;
  email: string | undefined;
  groups: readonly string[];
  /** Why the groups could not be read; then there are none. */
  groupsError: string | undefined;
  /** The provider's own session. */
  sid: string | undefined;
};

const maxGroups = 500;
const maxGroupLength = 256;
const maxSubjectLength = 255;

/**
 * Reads the claims of an ID token whose signature, issuer, audience and nonce were checked.
 * @throws AppError `provider_answer_invalid` without a subject
 */
export function readPerson(claims: Readonly<Record<string, unknown>>, groupsClaim: string | null): Person {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > maxSubjectLength) {
    throw new AppError('provider_answer_invalid', 400, 'The provider did not say who signed in.');
  }
  const preferredName = visible(claims.preferred_username) ?? visible(claims.nickname) ?? '';
  const email = visible(claims.email);
  return {
    subject: sub,
    displayName: (visible(claims.name) ?? (preferredName === '' ? undefined : preferredName) ?? email ?? sub).slice(
      0,
      100,
    ),
    preferredName,
    email: email !== undefined && email.length <= 254 && email.includes('@') ? email : undefined,
    ...readGroups(claims, groupsClaim),
    sid: typeof claims.sid === 'string' && claims.sid.length <= 255 ? claims.sid : undefined,
  };
}

/** One claim, strings, at most 500, each exactly as written. Anything else is no group at all and an error. */
function readGroups(
  claims: Readonly<Record<string, unknown>>,
  groupsClaim: string | null,
): Pick<Person, 'groups' | 'groupsError'> {
  const none = (groupsError: string | undefined) => ({ groups: [], groupsError });
  if (groupsClaim === null) return none(undefined);
  if (isOverage(claims, groupsClaim)) {
    return none(`The provider left the claim ${groupsClaim} out because the person is in too many groups.`);
  }
  const value = claims[groupsClaim];
  if (value === undefined) return none(undefined);
  if (!Array.isArray(value)) return none(`The claim ${groupsClaim} is not a list.`);
  if (value.length > maxGroups) return none(`The claim ${groupsClaim} has more than ${maxGroups} groups.`);
  const isGroup = (item: unknown) => typeof item === 'string' && item !== '' && item.length <= maxGroupLength;
  if (!value.every(isGroup)) return none(`The claim ${groupsClaim} holds something that is not a group's name.`);
  return { groups: [...new Set(value as string[])], groupsError: undefined };
}

/** How providers say that the list did not fit into the token. */
function isOverage(claims: Readonly<Record<string, unknown>>, groupsClaim: string): boolean {
  const distributed = claims._claim_names;
  const named = typeof distributed === 'object' && distributed !== null && groupsClaim in distributed;
  return named || claims.hasgroups === true || claims.hasgroups === 'true';
}

/** Text for people: without control, direction and zero-width characters. */
function visible(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return text === '' ? undefined : text;
}

/** `li.wei@corp-sso`: readable, and never equal to a local account's name, which has no `@`. */
export function accountNameFor(person: Person, providerName: string): string {
  const slug = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[^a-z0-9]+|-+$/g, '')
      .slice(0, 40);
  const person_ = slug(person.preferredName.split('@', 1)[0] ?? '') || slug(person.displayName) || 'user';
  return `${person_}@${slug(providerName) || 'sso'}`;
}
