export { useWorkloadsAttention } from './workloads.attention.ts';
