export { identityRoutes } from './identity.routes.ts';
export { createIdentity, type Identity } from './identity.service.ts';
export type { IdentityPorts } from './identity-ports.ts';
export { createSessionCookie, type SessionCookie } from './session-cookie.ts';
