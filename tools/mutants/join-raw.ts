import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { mutate } from './mutate.ts';

/** The path of the request is joined to the folder of the portal. */
export default mutate<typeof import('../../apps/api/src/platform/http/portal.ts')>({
  registerPortal: () => async (app, distFolder) => {
    app.get('/assets/*', async (request) => {
      const asked = decodeURIComponent((request.params as { '*': string })['*']);
      return readFile(path.join(distFolder, 'assets', asked), 'utf8');
    });
  },
});
