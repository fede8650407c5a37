import { describe, expect, it } from 'vitest';
import { grantManifest } from './grant-manifest.ts';

describe('the manifest for kinds that a cluster refuses', () => {
  it('lets the workers list and watch just these, group by group', () => {
    const yaml = grantManifest(['secrets', 'configmaps', 'widgets.example.com', 'jobs']);
    expect(yaml).toContain(
      [
        "    quarterdeck.dev/aggregate-to-inventory: 'true'",
        'rules:',
        "  - apiGroups: ['']",
        "    resources: ['secrets', 'configmaps']",
        "    verbs: ['list', 'watch']",
        "  - apiGroups: ['example.com']",
        "    resources: ['widgets']",
        "    verbs: ['list', 'watch']",
        "  - apiGroups: ['batch']",
        "    resources: ['jobs']",
        "    verbs: ['list', 'watch']",
        '',
      ].join('\n'),
    );
    expect(yaml).not.toContain("'*'");
  });
});
