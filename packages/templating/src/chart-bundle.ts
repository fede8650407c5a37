import type { BundleFiles } from './bundle-types.ts';
import { podOf } from './lint-rules.ts';
import { type ChartInfo, type ChartObject, chartPlaceholders } from './read-chart.ts';
import { toYaml } from './read-yaml.ts';

export type ChartHead = {
  /** Of the template. */
  name: string;
  version: string;
  chart: ChartInfo;
  /** Of the archive. */
  sha256: string;
};

/**
 * A template of the objects that are taken: without parameters, since a chart's values are settled when it is rendered,
 * but with the application's name and namespace in their places and a slot for each image, so that releases of it are
 * pinned to digests and follow pipelines as all others do.
 */
export function bundleOfChart(
  head: ChartHead,
  objects: readonly ChartObject[],
): { files: BundleFiles; images: { slot: string; image: string }[] } {
  const taken = objects.filter((object) => object.state === 'taken');
  const images = slotsOf(taken.flatMap(({ value }) => containersOf(value).map(({ image }) => image)));
  const slotOf = new Map(images.map(({ slot, image }) => [image, slot]));
  const manifests = taken.map((object, index) => {
    const file = `manifests/${String(index + 1).padStart(3, '0')}-${object.kind
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '')
      .slice(0, 60)}.yaml`;
    return [file, `# ${object.source}\n${toYaml(literal(withSlots(object.value ?? {}, slotOf)))}`] as const;
  });
  return {
    files: {
      'template.yaml': toYaml({
        name: head.name,
        title: titleOf(head.name),
        version: head.version,
        description: (head.chart.description ?? '').slice(0, 500),
        images: Object.fromEntries(
          images.map(({ slot, image }) => [slot, { required: true, title: `${image} in the chart` }]),
        ),
      }),
      'schema.json': `${JSON.stringify({ type: 'object', additionalProperties: false, properties: {} }, null, 2)}\n`,
      'README.md': readmeOf(head, objects),
      ...Object.fromEntries(manifests),
    },
    images,
  };
}

type Container = { image: string };

/** Containers of an object's pods that name an image. */
function containersOf(value: Record<string, unknown> | undefined): Container[] {
  const pod = podOf(value ?? {});
  return ['containers', 'initContainers'].flatMap((key) => {
    const list = pod?.[key];
    return Array.isArray(list) ? list.filter(hasImage) : [];
  });
}

function hasImage(container: unknown): container is Container {
  return typeof (container as Partial<Container> | null)?.image === 'string';
}

/** A slot for each image: `main` where there is one, else named like the repositories. */
function slotsOf(images: readonly string[]): { slot: string; image: string }[] {
  const once = [...new Set(images)];
  const taken = new Set<string>();
  return once.map((image) => {
    const base = once.length === 1 ? 'main' : slotName(image);
    let slot = base;
    for (let count = 2; taken.has(slot); count += 1) slot = `${base}${count}`;
    taken.add(slot);
    return { slot, image };
  });
}

function slotName(image: string): string {
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const words = (repository.split('/').at(-1) ?? '').toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const name = words.map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`)).join('');
  return /^[a-z]/.test(name) ? name.slice(0, 36) : `image${name.slice(0, 30)}`;
}

/** A value whose image is a slot's: the only text that is an expression of its own. */
class Slot {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A copy in which containers take their images from slots. */
function withSlots(value: Record<string, unknown>, slotOf: ReadonlyMap<string, string>): Record<string, unknown> {
  const copy = structuredClone(value);
  for (const container of containersOf(copy)) {
    const slot = slotOf.get(container.image);
    if (slot !== undefined) (container as { image: unknown }).image = new Slot(slot);
  }
  return copy;
}

/** The chart's text as a manifest that gives just it again, with the application in the places that were kept for it. */
function literal(value: unknown): unknown {
  if (value instanceof Slot) return `\${images.${value.name}}`;
  if (typeof value === 'string') return literalText(value);
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // Kubernetes takes null for "not there", and an apply would own the field.
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key.startsWith('$') ? `$${key}` : literalText(key), literal(item)]),
  );
}

function literalText(text: string): string {
  return text
    .replaceAll('${', () => '$${')
    .replaceAll(chartPlaceholders.application, () => '${app.name}')
    .replaceAll(chartPlaceholders.namespace, () => '${target.namespace}');
}

function readmeOf({ chart, sha256 }: ChartHead, objects: readonly ChartObject[]): string {
  const left = objects.filter(({ state }) => state === 'left_out');
  return [
    `Rendered by helm from the chart ${chart.name} ${chart.version}${chart.appVersion === undefined ? '' : ` (${chart.appVersion})`}.`,
    '',
    `sha256 of the archive: ${sha256}`,
    ...(left.length === 0
      ? []
      : ['', 'Left out:', '', ...left.map(({ key, detail, source }) => `- ${key} (${source}): ${detail}`)]),
    '',
  ].join('\n');
}

function titleOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
}
