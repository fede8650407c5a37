import { describe, expect, it } from 'vitest';
import { completeEdit, EditError, editableForm, maskedPlace } from './edit-object.ts';

const live = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'cart',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    generation: 3,
    creationTimestamp: '2026-11-26T08:00:00Z',
    labels: { app: 'cart', old: 'yes' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'deployment.kubernetes.io/revision': '4',
      team: 'shop',
    },
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: { replicas: 2 },
  status: { readyReplicas: 2 },
};
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'database', namespace: 'shop', uid: 'u2', resourceVersion: '9' },
  data: { password: 'aHVudGVyMg==', user: 'c2hvcA==' },
};

type Form = Record<string, unknown> & { metadata: Record<string, unknown> };
const formOf = (object: Record<string, unknown>) => editableForm(object, { values: false }) as Form;
function fieldRefused(edited: Record<string, unknown>, of: Record<string, unknown> = live): string {
  try {
    completeEdit(edited, of);
  } catch (error) {
    if (error instanceof EditError) return error.field;
  }
  return 'taken';
}

describe('an edited form', () => {
  it('leaves out what the cluster sets, and stands for the whole object', () => {
    const form = formOf(live);
    expect(form).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', namespace: 'shop', labels: { app: 'cart', old: 'yes' }, annotations: { team: 'shop' } },
      spec: { replicas: 2 },
    });
    const { managedFields: _, ...metadata } = live.metadata;
    expect(completeEdit(form, live)).toEqual({ ...live, metadata });
  });

  it('keeps what the person did: fields and labels that are gone stay gone, annotations of the cluster do not', () => {
    const form = formOf(live);
    const edited = { ...form, metadata: { name: 'cart', namespace: 'shop', labels: { app: 'cart' } }, spec: {} };
    expect(completeEdit(edited, live)).toMatchObject({
      metadata: { labels: { app: 'cart' }, resourceVersion: '7', uid: 'u1' },
      spec: {},
      status: live.status,
    });
    const { annotations } = completeEdit(edited, live).metadata as { annotations: object };
    expect(Object.keys(annotations)).toEqual([
      'kubectl.kubernetes.io/last-applied-configuration',
      'deployment.kubernetes.io/revision',
    ]);
  });

  it('may say again what the cluster set, and nothing else of it', () => {
    expect(fieldRefused({ ...live, metadata: { ...live.metadata, managedFields: undefined } })).toBe('taken');
    const of = (metadata: object) =>
      fieldRefused({ ...formOf(live), metadata: { ...formOf(live).metadata, ...metadata } });
    expect(of({ uid: 'u9' })).toBe('.metadata.uid');
    expect(of({ resourceVersion: '6' })).toBe('.metadata.resourceVersion');
    expect(of({ managedFields: [] })).toBe('.metadata.managedFields');
    expect(fieldRefused({ ...formOf(live), status: { readyReplicas: 9 } })).toBe('.status');
  });

  it('is of the same object, whatever the text names', () => {
    const form = formOf(live);
    expect(fieldRefused({ ...form, metadata: { ...form.metadata, namespace: 'kube-system' } })).toBe(
      '.metadata.namespace',
    );
    expect(fieldRefused({ ...form, metadata: { ...form.metadata, name: 'other' } })).toBe('.metadata.name');
    expect(fieldRefused({ ...form, kind: 'DaemonSet' })).toBe('.kind');
    expect(fieldRefused({ ...form, apiVersion: 'apps/v1beta1' })).toBe('.apiVersion');
    expect(fieldRefused({ ...form, metadata: undefined })).toBe('.metadata');
  });
});

describe('a Secret', () => {
  it('S17 is edited without its values, and a value that was not touched is the one of the cluster', () => {
    const form = formOf(secret);
    expect(form.data).toEqual({ password: '[secret]', user: '[secret]' });
    const edited = { ...form, data: { password: 'bmV3', user: '[secret]' } };
    expect(completeEdit(edited, secret).data).toEqual({ password: 'bmV3', user: 'c2hvcA==' });
    expect(editableForm(secret, { values: true }).data).toEqual(secret.data);
  });

  it('S17 never gets what stands in place of a value', () => {
    const form = formOf(secret);
    expect(fieldRefused({ ...form, data: { renamed: '[secret]' } }, secret)).toBe('.data.renamed');
    expect(fieldRefused({ ...form, data: { toString: '[secret, changed]' } }, secret)).toBe('.data.toString');
    expect(fieldRefused({ ...form, stringData: { password: '[secret]' } }, secret)).toBe('.stringData.password');
    expect(maskedPlace({ kind: 'Secret', stringData: { a: 'x', b: '[secret]' } })?.field).toBe('.stringData.b');
    expect(maskedPlace({ kind: 'Secret', data: { a: 'eA==' } })).toBeUndefined();
    expect(maskedPlace({ kind: 'ConfigMap', data: { a: '[secret]' } })).toBeUndefined();
  });
});
