export { builtinBundles, builtinNames } from './builtin.ts';
export { loadBundle } from './bundle.ts';
export { type Bundle, type BundleFiles, type LayerKind, type Lock, layerKinds } from './bundle-types.ts';
export { canonicalJson, sha256Hex } from './canonical-json.ts';
export { bundleOfChart } from './chart-bundle.ts';
export {
  type CompatibilityChange,
  compareBundles,
  compareVersions,
  isStep,
  neededLevel,
} from './compatibility.ts';
export { BundleError, RenderError } from './errors.ts';
export { type GoldenResult, runGoldenTests } from './golden.ts';
export { parseImage } from './image.ts';
export {
  brokenLocks,
  isSame,
  type Layer,
  mergeLayers,
  type ParameterValue,
  type Provenance,
  provenanceOf,
} from './layers.ts';
export { type LintFinding, lintBundle } from './lint.ts';
export { renderedImages } from './lint-rules.ts';
export { fillParameters, type ParameterError } from './parameters.ts';
export { type ChartObject, chartPlaceholders, readChart, readChartInfo } from './read-chart.ts';
export { readHead } from './read-head.ts';
export { toYaml } from './read-yaml.ts';
export { ownLabels, type RenderContext, type RenderedObject, renderBundle } from './render.ts';
export { sampleContext } from './sample.ts';
