export { useApplicationsAttention } from './applications.attention.ts';
