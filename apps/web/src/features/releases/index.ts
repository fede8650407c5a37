export { useMyApprovals } from './my-approvals.ts';
export { ObjectDrift } from './object-drift.tsx';
export { ProposeEvacuation } from './propose-evacuation.tsx';
