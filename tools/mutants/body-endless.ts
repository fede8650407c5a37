import { mutate } from './mutate.ts';

/** Bodies are kept whole before anybody asks how long they are. */
export default mutate<typeof import('../../apps/api/src/platform/http/server.ts')>({
  createHttpServer: (real) => async (options) => {
    const app = await real.createHttpServer(options);
    app.removeContentTypeParser(/^application\/json(; ?charset=utf-8)?$/i);
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 1_073_741_824 },
      (_request, body, done) => done(null, String(body)),
    );
    return app;
  },
});
