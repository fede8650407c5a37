import type { Release } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { draftFrom } from './deploy-draft.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image = { reference: `registry.example.com/web@${digest}`, pinned: true, tag: '1.4' };
const release = (templateVersionId: string) => ({ images: { main: image }, templateVersionId }) as unknown as Release;

describe('a deployment', () => {
  it('begins with the images of the newest release as they were asked for, which may be others by now', () => {
    const draft = draftFrom(release('tpv_1'), { templateVersionId: 'tpv_2', parameters: { replicas: 3 } }, 'tpv_0');
    expect(draft).toEqual({
      templateId: 'tpv_2',
      images: { main: 'registry.example.com/web:1.4' },
      parameters: { replicas: 3 },
    });
  });

  it('of what is promoted takes its very digests, and the parameters of where it goes', () => {
    const start = { templateVersionId: undefined, parameters: { replicas: 3 } };
    expect(draftFrom(undefined, start, 'tpv_0', release('tpv_1'))).toEqual({
      templateId: 'tpv_1',
      images: { main: `registry.example.com/web:1.4@${digest}` },
      parameters: { replicas: 3 },
    });
  });
});
