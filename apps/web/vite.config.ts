import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev` says where the server listens. */
const server = `http://127.0.0.1:${process.env.QUARTERDECK_PORT ?? 8080}`;

export default defineConfig({
  plugins: [react()],
  build: {
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // zod asks whether it may evaluate code when the first schema is made: our answer must run before any contract.
        codeSplitting: { groups: [{ name: 'zod', test: /node_modules\/zod\/|platform\/no-eval/ }] },
      },
    },
  },
  server: { proxy: { '/api': { target: server, ws: true }, '/k8s': { target: server, ws: true } } },
});
