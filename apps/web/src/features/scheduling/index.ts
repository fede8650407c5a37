export { EvictAction } from './evict-action.tsx';
export { NodeActions } from './node-actions.tsx';
