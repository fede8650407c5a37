import { AppError } from '../../platform/errors.ts';
import type { Project } from '../access/index.ts';

/**
 * A project deploys the templates it may, by name; without a list any.
 * @throws AppError 403 `template_not_allowed`, naming the field
 */
export function checkTemplate(project: Pick<Project, 'slug' | 'templateSources'>, template: string): void {
  const { slug, templateSources } = project;
  if (templateSources.length === 0 || templateSources.includes(template)) return;
  const detail = `${slug} may not deploy the template ${template}. Choose one of ${templateSources.join(', ')}, or ask who manages projects to allow it.`;
  throw new AppError('template_not_allowed', 403, detail, {
    errors: [{ pointer: '/templateVersionId', code: 'template_not_allowed', detail }],
  });
}
