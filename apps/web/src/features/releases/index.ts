export { useMyDecisions } from './my-decisions.ts';
export { ObjectDrift } from './object-drift.tsx';
export { ProposeEvacuation } from './propose-evacuation.tsx';
