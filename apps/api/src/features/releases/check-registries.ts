import { repositoryOf } from '@quarterdeck/registry';
import { type RenderedObject, renderedImages } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { Project } from '../access/index.ts';

/**
 * Images come from the project's registries alone.
 * @throws AppError 403 `image_not_allowed`, naming the slot
 */
export function checkRegistries(
  project: Pick<Project, 'slug' | 'registries'>,
  images: Readonly<Record<string, { reference: string }>>,
): void {
  if (project.registries.length === 0) return;
  for (const [slot, { reference }] of Object.entries(images)) refuseOutside(project, reference, `/images/${slot}`);
}

/**
 * The same for every image that was rendered: a template, or manifests a person pasted, may name some of their own.
 * @throws AppError 403 `image_not_allowed`
 */
export function checkRenderedImages(
  project: Pick<Project, 'slug' | 'registries'>,
  objects: readonly RenderedObject[],
): void {
  if (project.registries.length === 0) return;
  for (const reference of renderedImages(objects)) refuseOutside(project, reference, '/parameters');
}

function refuseOutside(project: Pick<Project, 'slug' | 'registries'>, reference: string, pointer: string): void {
  if (project.registries.some((prefix) => isBelow(repositoryOf(reference), prefix))) return;
  const detail = `${reference} is not in a registry of ${project.slug}. Allowed: ${project.registries.join(', ')}.`;
  throw new AppError('image_not_allowed', 403, detail, { errors: [{ pointer, code: 'image_not_allowed', detail }] });
}

/** The prefix itself or below it at a slash: `…/shop` does not allow `…/shopping`. */
function isBelow(repository: string, prefix: string): boolean {
  return repository === prefix || repository.startsWith(`${prefix}/`);
}
