import { builtinBundles } from '../packages/templating/src/builtin.ts';
import { contextOf } from '../packages/templating/src/bundle.fixture.ts';
import { loadBundle } from '../packages/templating/src/bundle.ts';
import { canonicalJson, sha256Hex } from '../packages/templating/src/canonical-json.ts';
import { hostileText, randomOf, textsIn, tryHostile } from '../packages/templating/src/hostile.fixture.ts';
import { fillParameters } from '../packages/templating/src/parameters.ts';
import { readYaml } from '../packages/templating/src/read-yaml.ts';
import { renderBundle } from '../packages/templating/src/render.ts';
import { percentile, printResult } from './result.ts';

const goalMs = 2;
const rounds = 2000;
const warmUp = 200;
const hostileRuns = 10_000;
const wanted = 10;

/**
 * Ten objects from parameters to hashed bytes, as a release makes them; baseline: the same bytes parsed and written as
 * JSON. Then 10,000 hostile texts in every place a text may stand: none makes a node, none ends the renderer.
 */
const bundles = (await builtinBundles()).map(loadBundle);
const samples = bundles
  .filter(({ name }) => name !== 'raw')
  .map((bundle) => {
    const [head] = readYaml('tests/full.yaml', bundle.files['tests/full.yaml'] ?? '') as {
      layers?: { application?: Record<string, unknown> };
    }[];
    return { bundle, params: fillParameters(bundle, head?.layers?.application ?? {}).value };
  });

/** At least ten objects: those of the templates that make the most. */
function renderTen(): { objects: number; bytes: string[] } {
  const bytes: string[] = [];
  for (const { bundle, params } of samples) {
    if (bytes.length >= wanted) break;
    if (bundle.name !== 'web-service' && bundle.name !== 'php-service') continue;
    const { value } = fillParameters(bundle, params);
    for (const object of renderBundle(bundle, contextOf(value))) {
      const text = canonicalJson(object);
      sha256Hex(text);
      bytes.push(text);
    }
  }
  return { objects: bytes.length, bytes };
}

const times: number[] = [];
const baselines: number[] = [];
for (let round = 0; round < rounds + warmUp; round += 1) {
  const started = performance.now();
  const { bytes } = renderTen();
  const rendered = performance.now();
  for (const text of bytes) JSON.stringify(JSON.parse(text));
  if (round < warmUp) continue;
  times.push(rendered - started);
  baselines.push(performance.now() - rendered);
}
const { objects } = renderTen();
const p95 = percentile(times, 0.95);
const baseline = percentile(baselines, 0.95);

const random = randomOf(1);
const outcomes = { same: 0, refused: 0, differs: 0 };
for (let run = 0; run < hostileRuns; run += 1) {
  const { bundle, params } = samples[run % samples.length] ?? samples[0]!;
  const places = textsIn(params);
  const path = places[Math.floor(random() * places.length)] ?? [];
  outcomes[tryHostile(bundle, params, path, hostileText(random))] += 1;
}

console.table({
  [`render of ${objects} objects, p50`]: { ms: percentile(times, 0.5).toFixed(3) },
  [`render of ${objects} objects, p95`]: { ms: p95.toFixed(3) },
  'parse and write the same bytes, p95': { ms: baseline.toFixed(3) },
});
console.table({
  'hostile texts, one value each': outcomes.same,
  refused: outcomes.refused,
  'extra nodes': outcomes.differs,
});
printResult({
  figure: 'render',
  value: p95,
  unit: 'ms',
  baseline,
  goal: goalMs,
  ok: p95 <= goalMs && outcomes.differs === 0,
  more: { objects, hostile: hostileRuns, ...outcomes },
});
