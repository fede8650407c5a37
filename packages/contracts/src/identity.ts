import { groupsEndpoints } from './identity/groups.ts';
import { profileEndpoints } from './identity/profile.ts';
import { providersEndpoints } from './identity/providers.ts';
import { signInEndpoints } from './identity/sign-in.ts';
import { usersEndpoints } from './identity/users.ts';

export * from './identity/account.ts';
export * from './identity/groups.ts';
export * from './identity/profile.ts';
export * from './identity/providers.ts';
export * from './identity/sign-in.ts';
export * from './identity/users.ts';

export const identityEndpoints = [
  ...signInEndpoints,
  ...profileEndpoints,
  ...usersEndpoints,
  ...groupsEndpoints,
  ...providersEndpoints,
];
