import { chartArchive } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
});
afterAll(() => test.close());

describe('without a helm', () => {
  it('no chart is imported, and the setting is named', async () => {
    const archive = chartArchive({ 'Chart.yaml': 'name: demo\nversion: 1.0.0\n' }).toString('base64');
    // previewChartImport and importChart
    for (const url of ['/templates/import/preview', '/templates/import']) {
      const answer = await owner.request({ method: 'POST', url, payload: { archive, name: 'demo', version: '1.0.0' } });
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'helm_not_configured', detail: expect.stringContaining('Set QUARTERDECK_HELM') },
      });
    }
    const { body } = await owner.request({ method: 'GET', url: '/templates' });
    expect(body).toMatchObject({ importsCharts: false });
  });
});
