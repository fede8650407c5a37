import { parse } from 'yaml';
import { BundleError } from './errors.ts';
import { readManifests } from './read-yaml.ts';
import { whyRefused } from './refused-objects.ts';

/**
 * What a chart is rendered for in the place of an application and its namespace: names that nobody gives, so that every
 * place where they come out is known, and follows each application that takes the template.
 */
export const chartPlaceholders = { application: 'quarterdeck-app-name', namespace: 'quarterdeck-namespace' } as const;

/** An object that a chart made. `key` names it to people and in `leaveOut`: `Deployment/<app>-redis`. */
export type ChartObject = {
  key: string;
  kind: string;
  name: string;
  /** File of the chart. */
  source: string;
  state: 'taken' | 'left_out' | 'refused';
  /** Why it is left out or refused. */
  detail?: string;
  value?: Record<string, unknown>;
};

/** What Chart.yaml says of itself: whether it fits together is for helm to say. */
export type ChartInfo = { name: string; version: string; appVersion?: string; description?: string };

/** @returns `undefined` when it has no name or no version */
export function readChartInfo(text: string): ChartInfo | undefined {
  const { name, version, appVersion, description } = mapOf(parseShort(text));
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  const isSaid = typeof appVersion === 'string' || typeof appVersion === 'number';
  return {
    name: name.slice(0, 100),
    version: version.slice(0, 100),
    ...(isSaid ? { appVersion: String(appVersion).slice(0, 100) } : {}),
    ...(typeof description === 'string' ? { description: description.slice(0, 500) } : {}),
  };
}

function parseShort(text: string): unknown {
  try {
    return text.length > 65_536 ? undefined : parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

/**
 * Reads what `helm template` wrote, each document by itself, so that one that is wrong is named and hides no other.
 * Hooks are left out: nothing of Quarterdeck would run them.
 * @param leaveOut keys of objects that the person does without
 */
export function readChart(output: string, leaveOut: readonly string[]): ChartObject[] {
  const left = new Set(leaveOut);
  const seen = new Set<string>();
  return output.split(/^---(?=\s|$).*$/m).flatMap((text) => {
    const source = /^\s*# Source: (.{1,300})$/m.exec(text)?.[1] ?? '';
    return readDocument(text, source).map((object) => {
      if (left.has(object.key)) return { ...object, state: 'left_out' as const, detail: 'You do without it.' };
      const isTwice = object.state === 'taken' && seen.has(object.key);
      seen.add(object.key);
      return isTwice ? { ...object, state: 'refused' as const, detail: 'The chart makes it twice.' } : object;
    });
  });
}

function readDocument(text: string, source: string): ChartObject[] {
  try {
    return readManifests(text).map((value) => judge(value as Record<string, unknown>, source));
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const detail = error.message.replace('manifests: ', '');
    return [{ key: `?/${source}`, kind: '?', name: source, source, state: 'refused', detail }];
  }
}

function judge(value: Record<string, unknown>, source: string): ChartObject {
  const metadata = mapOf(value.metadata);
  const kind = typeof value.kind === 'string' ? value.kind : '?';
  const name = typeof metadata.name === 'string' ? shown(metadata.name) : '?';
  const object = { key: `${kind}/${name}`, kind, name, source, value };
  if (mapOf(metadata.annotations)['helm.sh/hook'] !== undefined)
    return { ...object, state: 'left_out', detail: 'A hook of the chart: hooks are not run here.' };
  const detail =
    typeof value.apiVersion !== 'string' || kind === '?' || name === '?'
      ? 'It needs apiVersion, kind and metadata.name.'
      : (whyRefused({ ...value, kind }) ?? whyElsewhere(metadata.namespace));
  return detail === undefined ? { ...object, state: 'taken' } : { ...object, state: 'refused', detail };
}

function whyElsewhere(namespace: unknown): string | undefined {
  if (namespace === undefined || namespace === null || namespace === chartPlaceholders.namespace) return undefined;
  return `It is for the namespace ${String(namespace)}: a template’s objects go to the namespace of the target.`;
}

/** A name as it is shown: with the place of the application's own. */
function shown(name: string): string {
  return name.replaceAll(chartPlaceholders.application, '<app>');
}

function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
