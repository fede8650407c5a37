export { hasEnded, releasePath, releaseStatus } from './release-status.ts';
