export { t as words } from './bulk/bulk.messages.ts';
export { actionsOf, type BulkAction } from './bulk/bulk-actions.ts';
export { BulkDeed } from './bulk/bulk-deed.tsx';
export { ClusterCapacity } from './cluster-capacity.tsx';
