export { builtinBundles } from './builtin.ts';
export { type Bundle, type BundleFiles, loadBundle } from './bundle.ts';
export { canonicalJson, sha256Hex } from './canonical-json.ts';
export { BundleError, RenderError } from './errors.ts';
export { parseImage } from './image.ts';
export { fillParameters, type ParameterError } from './parameters.ts';
export { toYaml } from './read-yaml.ts';
export { ownLabels, type RenderContext, type RenderedObject, renderBundle } from './render.ts';
