export { type Client, createClient, ProblemError, problemIn } from './client.ts';
export { createLiveClient, type LiveClient, type LiveHandlers } from './live-client.ts';
