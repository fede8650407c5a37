import { profileEndpoints } from './identity/profile.ts';
import { signInEndpoints } from './identity/sign-in.ts';

export * from './identity/account.ts';
export * from './identity/profile.ts';
export * from './identity/sign-in.ts';

export const identityEndpoints = [...signInEndpoints, ...profileEndpoints];
