import type { ApplyContext, ClusterRequest, KubernetesObject } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { missingReferences } from './check-references.ts';
import type { PreparedObject } from './prepare-object.ts';

const value = Buffer.from('canary-password').toString('base64');
const objects: Record<string, object> = {
  '/api/v1/namespaces/shop/secrets/db': { data: { user: value } },
  '/api/v1/namespaces/shop/configmaps/settings': { data: { mode: 'fast' }, binaryData: { logo: value } },
};

/** A cluster with these objects, and what it was asked. */
function cluster(): { context: ApplyContext; asked: string[] } {
  const asked: string[] = [];
  const request = async ({ path, accept }: ClusterRequest) => {
    asked.push(`${path}${accept === undefined ? '' : ' metadata'}`);
    const found = objects[path];
    return { status: found === undefined ? 404 : 200, body: found ?? {}, headers: {}, warnings: [] };
  };
  const client = { request } as unknown as ApplyContext['client'];
  return { context: { client, identity: { user: 'deployer', groups: [] }, fieldManager: 'test' }, asked };
}

function prepared(manifest: Pick<KubernetesObject, 'kind'> & Record<string, unknown>, name = 'web'): PreparedObject {
  const { kind } = manifest;
  const record = { targetId: 'tgt', seq: 0, group: '', version: 'v1', kind, namespace: 'shop', name, sha256: '' };
  return { record, manifest: { apiVersion: 'v1', metadata: { name }, ...manifest }, how: {} };
}

const pod = (container: object, volumes: object[] = []) =>
  prepared({ kind: 'Deployment', spec: { template: { spec: { containers: [container], volumes } } } });
const ofSecret = (name: string, key: string, more = {}) => ({ valueFrom: { secretKeyRef: { name, key, ...more } } });
const ofMap = (name: string, key: string) => ({ valueFrom: { configMapKeyRef: { name, key } } });

async function found(...given: PreparedObject[]) {
  const { context, asked } = cluster();
  const findings = await missingReferences(context, 'shop', given);
  return { asked, findings, texts: findings.map(({ level, code, detail }) => [level, code, detail]) };
}

describe('keys that pods read', () => {
  it('are named where the Secret or ConfigMap is there without them', async () => {
    const { texts, findings } = await found(
      pod({
        env: [ofSecret('db', 'user'), ofSecret('db', 'url'), ofMap('settings', 'mode'), ofMap('settings', 'level')],
      }),
    );
    expect(texts).toEqual([
      ['block', 'secret_missing', 'Secret db there has no key url.'],
      ['block', 'config_missing', 'ConfigMap settings there has no key level.'],
    ]);
    expect(findings[0]).toMatchObject({ field: 'url', object: { kind: 'Deployment', name: 'web' } });
    expect(findings[0]?.remedy).toContain('Add key url to Secret db');
  });

  it('are looked for in what is mounted item by item, in binary data, and in what the release brings itself', async () => {
    const { texts } = await found(
      pod({ env: [ofMap('settings', 'logo'), ofMap('mine', 'there'), ofMap('mine', 'gone')] }, [
        { secret: { secretName: 'db', items: [{ key: 'tls.crt', path: 'a' }] } },
      ]),
      prepared({ kind: 'ConfigMap', data: { there: 'x' } }, 'mine'),
    );
    expect(texts.map(([, , detail]) => detail)).toEqual([
      'Secret db there has no key tls.crt.',
      'ConfigMap mine there has no key gone.',
    ]);
  });

  it('may be missing where the pod can do without, and are not looked for where all are read', async () => {
    const { texts, asked } = await found(
      pod({
        env: [ofSecret('db', 'url', { optional: true })],
        envFrom: [{ secretRef: { name: 'db' } }, { configMapRef: { name: 'none' } }],
      }),
    );
    expect(texts.map(([, , detail]) => detail)).toEqual([
      'ConfigMap none does not exist there, and this release does not bring it.',
    ]);
    expect(asked.toSorted()).toEqual([
      '/api/v1/namespaces/shop/configmaps/none metadata',
      '/api/v1/namespaces/shop/secrets/db metadata',
    ]);
  });

  it('are told without a value', async () => {
    const { findings } = await found(pod({ env: [ofSecret('db', 'url'), ofMap('settings', 'level')] }));
    expect(findings).toHaveLength(2);
    expect(JSON.stringify(findings)).not.toMatch(/canary|Y2FuYXJ5|fast/);
  });
});
