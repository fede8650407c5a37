import './platform/no-eval.ts';
import './platform/trusted-types.ts';
import '@quarterdeck/ui/styles.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPortalRouter } from './app/router.tsx';
import { applyTheme } from './app/theme.ts';
import { problemOf } from './platform/api.ts';

applyTheme();

const queries: QueryClient = new QueryClient({
  defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false, staleTime: 2000 } },
  queryCache: new QueryCache({ onError: sessionEnded }),
  mutationCache: new MutationCache({ onError: sessionEnded }),
});

/** A session that ended shows the sign-in in place; forms below keep what was typed. */
function sessionEnded(error: unknown): void {
  if (problemOf(error).code === 'unauthenticated') void queries.invalidateQueries({ queryKey: ['identity', 'me'] });
}

const router = createPortalRouter(queries);
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
