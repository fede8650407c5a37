import { createHash } from 'node:crypto';
import type { ChartImport } from '@quarterdeck/contracts';
import {
  type BundleFiles,
  bundleOfChart,
  type ChartObject,
  chartPlaceholders,
  readChart,
  readChartInfo,
} from '@quarterdeck/templating';
import { AppError, conflict, invalid } from '../../../platform/errors.ts';
import type { Actor } from '../../../platform/principal.ts';
import { checkFiles } from '../check-template-files.ts';
import type { TemplateWriter } from '../write-template.ts';
import { readArchive } from './read-archive.ts';
import type { Helm } from './run-helm.ts';

export type ChartInput = {
  /** The .tgz in base64. */
  archive: string;
  values: string;
  /** Of the template and its version. */
  name: string;
  version: string;
  projectId?: string | undefined;
  /** The template that gets another version. */
  templateId?: string | undefined;
  leaveOut: readonly string[];
};

/** Helm charts as templates: rendered once, then held to the same checks as every template. */
export interface ImportCharts {
  /** False: no helm is configured. */
  readonly isOffered: boolean;
  /** @throws AppError 409 `helm_not_configured`, and what `readArchive` and `Helm.render` raise */
  preview(input: ChartInput, signal?: AbortSignal): Promise<ChartImport>;
  /**
   * @returns id of the draft
   * @throws AppError as `preview`, 422 `chart_refused` with a line for each object, and what `TemplateWriter` raises
   */
  create(actor: Actor, input: ChartInput, signal?: AbortSignal): Promise<string>;
}

export function createChartImport(deps: { templateWriter: TemplateWriter; helm: Helm | undefined }): ImportCharts {
  const { templateWriter: writer, helm } = deps;

  async function read(input: ChartInput, signal: AbortSignal | undefined) {
    if (helm === undefined) {
      throw conflict(
        'helm_not_configured',
        'Charts are rendered by a helm on the server, and this installation names none. Set QUARTERDECK_HELM to the path of helm 3 and restart the server.',
      );
    }
    const archive = Buffer.from(input.archive, 'base64');
    const files = await readArchive(archive);
    const chart = headOf(files.get('Chart.yaml')?.toString('utf8') ?? '');
    const objects = readChart(await helm.render(files, input.values, signal), input.leaveOut);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const head = { name: input.name, version: input.version, chart, sha256 };
    return { head, objects, ...bundleOfChart(head, objects) };
  }

  return {
    isOffered: helm !== undefined,

    async preview(input, signal) {
      const { head, objects, files, images } = await read(input, signal);
      const { problem, lint } = objects.some(({ state }) => state === 'taken')
        ? checked(files)
        : { problem: 'Nothing of the chart is left for a template.', lint: [] };
      return {
        chart: head.chart,
        objects: objects.map(({ key, kind, name, source, state, detail, value }) => ({
          key,
          kind,
          name,
          source,
          state,
          ...(detail === undefined ? {} : { detail }),
          lint: state === 'taken' ? lint.filter(({ object }) => object === sampleName(kind, value)) : [],
        })),
        images,
        ...(problem === undefined ? {} : { problem }),
      };
    },

    async create(actor, input, signal) {
      const { objects, files } = await read(input, signal);
      refuse(objects);
      return input.templateId === undefined
        ? writer.create(actor, { projectId: input.projectId, files })
        : writer.createVersion(actor, input.templateId, files);
    },
  };
}

function checked(files: BundleFiles) {
  const { report } = checkFiles(files, undefined);
  const problem = report.problem === undefined ? undefined : `${report.problem.file}: ${report.problem.detail}`;
  return { problem, lint: report.lint };
}

/** What lint calls an object: it looks at what is rendered for a made-up application. */
function sampleName(kind: string, value: ChartObject['value']): string {
  const { name } = (value?.metadata ?? {}) as { name?: string };
  return `${kind} ${name?.replaceAll(chartPlaceholders.application, 'sample')}`;
}

function refuse(objects: readonly ChartObject[]): void {
  const refused = objects.filter(({ state }) => state === 'refused');
  if (refused.length > 0) {
    const errors = refused.slice(0, 50).map(({ key, detail = '' }) => ({
      pointer: '/leaveOut',
      code: 'chart_refused',
      detail: `${key}: ${detail}`,
      remedy: `Do without it: name ${key} in leaveOut.`,
    }));
    const rest = errors.length === 1 ? '' : ` ${refused.length - 1} more.`;
    throw new AppError('chart_refused', 422, `${errors[0]?.detail}${rest}`, { errors });
  }
  if (!objects.some(({ state }) => state === 'taken'))
    throw invalid('chart_refused', 'Nothing of the chart is left for a template.', '/leaveOut');
}

function headOf(text: string) {
  const chart = readChartInfo(text);
  if (chart === undefined) throw invalid('chart_invalid', 'Chart.yaml needs name and version.', '/archive');
  return chart;
}
