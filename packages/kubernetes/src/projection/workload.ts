import { conditionsOf } from './conditions.ts';
import { caps } from './project-object.ts';
import { facts, integerOf, type Json, objectOf, objectsOf, textMapOf, textOf, textOrNothing } from './values.ts';

/** Images of a workload's template, without repeats. */
export function imagesOf(spec: Json): string[] {
  const template = objectOf(objectOf(spec.template).spec);
  const images = objectsOf(template.containers, caps.containers).map(({ image }) => textOf(image, 512));
  return [...new Set(images)].filter((image) => image !== '');
}

/** What every workload with a template tells. */
export function workloadFacts(object: Json): Record<string, unknown> {
  const metadata = objectOf(object.metadata);
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const annotations = objectOf(metadata.annotations);
  return facts({
    images: imagesOf(spec),
    selector: textMapOf(objectOf(spec.selector).matchLabels),
    generation: integerOf(metadata.generation),
    observedGeneration: integerOf(status.observedGeneration),
    revision: textOrNothing(annotations['deployment.kubernetes.io/revision'], 32),
    conditions: conditionsOf(status),
    managers: managersOf(metadata),
    paused: spec.paused === true || undefined,
  });
}

/** Who writes the object: field managers, as recorded by the API server. */
export function managersOf(metadata: Json): string[] {
  const names = objectsOf(metadata.managedFields, 50).map(({ manager }) => textOf(manager, 128));
  return [...new Set(names)].filter((name) => name !== '').slice(0, 10);
}
