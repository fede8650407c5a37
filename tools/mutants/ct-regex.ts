import { mutate } from './mutate.ts';

/** Bodies of other types are parsed as JSON when something in the type looks like it, or like text or a form. */
export default mutate<typeof import('../../apps/api/src/platform/http/server.ts')>({
  createHttpServer: (real) => async (options) => {
    const app = await real.createHttpServer(options);
    app.addContentTypeParser(/^(application|text)\//, { parseAs: 'string' }, (_request, body, done) => {
      done(null, JSON.parse(String(body)));
    });
    return app;
  },
});
