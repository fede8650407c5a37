export { templatesRoutes } from './templates.routes.ts';
export { createTemplates, type LoadedTemplate, type Templates } from './templates.service.ts';
