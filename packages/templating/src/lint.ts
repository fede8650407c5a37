import type { Bundle } from './bundle-types.ts';
import { RenderError } from './errors.ts';
import { runGoldenTests } from './golden.ts';
import { type LintHit, lintObjects, lintRules } from './lint-rules.ts';
import { fillParameters } from './parameters.ts';
import { renderBundle } from './render.ts';
import { sampleContext } from './sample.ts';

export type LintFinding = LintHit & {
  /** What was rendered when it showed: `defaults`, or a file of `tests/`. */
  seenIn: string;
  /** The reason of `lint.allow`, when the writer gave one. */
  allowed?: string;
};

/**
 * What a rendered template gets wrong, over its defaults and all of its golden tests. A finding stops the template
 * from being published unless `lint.allow` of its head gives a reason.
 */
export function lintBundle(bundle: Bundle): LintFinding[] {
  const samples = samplesOf(bundle);
  const found = samples.flatMap(({ seenIn, hits }) => hits.map((hit) => ({ ...hit, seenIn })));
  const once = found.filter(
    (hit, index) => found.findIndex((other) => other.rule === hit.rule && other.object === hit.object) === index,
  );
  const unknown = Object.keys(bundle.allow).filter((rule) => !Object.hasOwn(lintRules, rule));
  return [
    ...once.map((hit) => ({
      ...hit,
      ...(bundle.allow[hit.rule] === undefined ? {} : { allowed: bundle.allow[hit.rule] ?? '' }),
    })),
    ...unknown.map((rule) => ({
      rule: 'unknown-rule',
      object: 'template.yaml',
      detail: `lint.allow names ${rule}, which is no rule: ${Object.keys(lintRules).join(', ')}.`,
      seenIn: 'template.yaml',
    })),
    ...(samples.length === 0
      ? [
          {
            rule: 'no-sample',
            object: 'tests/',
            detail:
              'The defaults alone do not render, so add a file to tests/ whose layers do: nothing could be checked.',
            seenIn: 'tests/',
          },
        ]
      : []),
  ];
}

function samplesOf(bundle: Bundle): { seenIn: string; hits: LintHit[] }[] {
  const tests = runGoldenTests(bundle).flatMap(({ file, objects, context }) =>
    context === undefined ? [] : [{ seenIn: file, hits: lintObjects(objects, Object.values(context.images)) }],
  );
  const { value, errors } = fillParameters(bundle, {});
  if (errors.length > 0) return tests;
  const context = sampleContext(bundle, value);
  try {
    return [
      { seenIn: 'defaults', hits: lintObjects(renderBundle(bundle, context), Object.values(context.images)) },
      ...tests,
    ];
  } catch (error) {
    if (error instanceof RenderError) return tests;
    throw error;
  }
}
