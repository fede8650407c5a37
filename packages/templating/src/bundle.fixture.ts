import { loadBundle } from './bundle.ts';
import type { Bundle, BundleFiles } from './bundle-types.ts';
import type { RenderContext } from './render.ts';

/** A bundle of one ConfigMap whose `data` is what a test wants to see rendered. */
export function bundleOf(data: string, more: BundleFiles = {}): Bundle {
  return loadBundle({
    'template.yaml': 'name: sample\nversion: 1.0.0\n',
    'schema.json': '{"type":"object","maxProperties":50,"additionalProperties":{}}',
    'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: sample }\ndata:\n${data
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n')}\n`,
    ...more,
  });
}

export function contextOf(params: Record<string, unknown>): RenderContext {
  return {
    params,
    images: { main: 'registry.example/shop/web:1.4.2' },
    app: { name: 'web', project: 'shop', team: 'checkout', labels: {} },
    env: { name: 'staging', tier: 'test' },
    target: {
      cluster: 'east',
      region: 'eu-1',
      labels: {},
      namespace: 'shop-staging',
      kubernetesVersion: '1.34',
      apis: ['apps/v1'],
    },
  };
}
