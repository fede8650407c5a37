export * from './transport/cluster-client.ts';
