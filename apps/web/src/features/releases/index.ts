export { ObjectDrift } from './object-drift.tsx';
