export { parametersRoutes } from './parameters.routes.ts';
export { createParameters, type Parameters, type ReleaseParameters } from './parameters.service.ts';
export { createParametersStore } from './parameters.store.ts';
export { templatesRoutes } from './templates.routes.ts';
export { createTemplates, type LoadedTemplate, type Templates } from './templates.service.ts';
export { createTemplatesStore } from './templates.store.ts';
export { createTemplateWriter, type TemplateWriter } from './write-template.ts';
