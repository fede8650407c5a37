export { sourceOf } from './parameter-source.ts';
export { effectiveQuery, layersQuery, pinsQuery, templatesKey } from './templates.queries.ts';
