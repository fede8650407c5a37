export { identityRoutes } from './identity.routes.ts';
export { createIdentity, type Identity, type IdentityPorts } from './identity.service.ts';
export { createSessionCookie, type SessionCookie } from './session-cookie.ts';
