export { ClusterCapacity } from './cluster-capacity.tsx';
