export { releasePath, releaseStatus } from './release-status.ts';
