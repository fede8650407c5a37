import { importChart, previewChartImport } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../../platform/http/bind.ts';
import { toVersionView } from '../templates.routes.ts';
import { placeOf, type Templates } from '../templates.service.ts';
import type { ImportCharts } from './import-chart.ts';

export function chartImportRoutes(deps: { templates: Templates; chartImport: ImportCharts }): BoundEndpoint[] {
  const { templates, chartImport } = deps;
  /** Another version is made where its template is, whatever the request says. */
  const ofImport = async ({ body }: { body: { projectId?: string | undefined; templateId?: string | undefined } }) =>
    placeOf(body.templateId === undefined ? body : await templates.record(body.templateId));

  return [
    bind(previewChartImport, ofImport, ({ body }, { signal }) => chartImport.preview(body, signal)),
    bind(importChart, ofImport, async ({ body }, { actor, signal }) =>
      toVersionView(await templates.version(await chartImport.create(actor, body, signal))),
    ),
  ];
}
