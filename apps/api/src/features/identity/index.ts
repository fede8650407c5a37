export { type Accounts, composeAccounts } from './accounts.ts';
export { identityRoutes } from './identity.routes.ts';
export { createIdentity, type Identity } from './identity.service.ts';
export type { IdentityPorts } from './identity-ports.ts';
export { serviceAccountsRoutes } from './service-accounts.routes.ts';
export { createSessionCookie, type SessionCookie } from './session-cookie.ts';
export { tokensRoutes } from './tokens.routes.ts';
export { trustRulesRoutes } from './trust-rules.routes.ts';
