import { describe, expect, it } from 'vitest';
import { checkTemplate } from './check-template.ts';

describe('templates of a project', () => {
  it('are any, until the project lists those it may deploy', () => {
    expect(() => checkTemplate({ slug: 'shop', templateSources: [] }, 'batch-job')).not.toThrow();
    expect(() => checkTemplate({ slug: 'shop', templateSources: ['web-service'] }, 'web-service')).not.toThrow();
  });

  it('S24 are refused by whole name, with the field and the way out', () => {
    const project = { slug: 'shop', templateSources: ['web-service', 'php-fpm'] };
    for (const template of ['batch-job', 'web-service-2', 'web', 'Web-Service']) {
      expect(() => checkTemplate(project, template), template).toThrow(
        expect.objectContaining({
          status: 403,
          code: 'template_not_allowed',
          message: expect.stringContaining('Choose one of web-service, php-fpm'),
          errors: [expect.objectContaining({ pointer: '/templateVersionId' })],
        }),
      );
    }
  });
});
