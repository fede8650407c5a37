import type { Bundle } from './bundle-types.ts';
import type { RenderContext } from './render.ts';

/** A made-up place to render for where there is no real one: lint, tests and the editor. */
export function sampleContext(bundle: Pick<Bundle, 'images'>, params: Record<string, unknown>): RenderContext {
  const digest = `sha256:${'0'.repeat(64)}`;
  return {
    params,
    images: Object.fromEntries(
      Object.entries(bundle.images)
        .filter(([, { required }]) => required)
        .map(([slot]) => [slot, `registry.example.com/team/${slot.toLowerCase()}@${digest}`]),
    ),
    app: { name: 'sample', project: 'demo', team: 'team', labels: {} },
    env: { name: 'staging', tier: 'staging' },
    target: {
      cluster: 'east',
      region: 'region-1',
      labels: { tier: 'staging' },
      namespace: 'demo-staging',
      kubernetesVersion: '1.34',
      apis: [],
    },
  };
}
