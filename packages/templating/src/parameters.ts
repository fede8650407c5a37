import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

export type ParameterError = { pointer: string; detail: string };

const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Patterns of a schema run in linear time: whoever writes a template cannot make a person's text take for ever.
 * ajv asks for `code`, a name for standalone output, which is not used here.
 */
const linear = Object.assign(
  (pattern: string) => {
    const compiledPattern = RE2JS.compile(pattern);
    // ajv keeps patterns apart by their text.
    return { test: (text: string) => compiledPattern.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
);

/** Compiles a parameter schema; `x-ui` only guides the form. Raises for what is no schema. */
export function compileSchema(schema: Record<string, unknown>): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    allErrors: true,
    useDefaults: true,
    allowUnionTypes: true,
    code: { regExp: linear },
  });
  ajv.addKeyword('x-ui');
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}
/** Parameters with the schema's defaults filled in, or what is wrong with them by JSON pointer. */
export function fillParameters(
  bundle: { schema: Record<string, unknown> },
  given: Record<string, unknown>,
): { value: Record<string, unknown>; errors: ParameterError[] } {
  const value = structuredClone(given);
  const validate = compileSchema(bundle.schema);
  if (validate(value)) return { value, errors: [] };
  const errors = (validate.errors ?? []).map((error) => {
    const missing = error.keyword === 'required' ? `/${escapeKey(error.params.missingProperty)}` : '';
    const extra = error.keyword === 'additionalProperties' ? `/${escapeKey(error.params.additionalProperty)}` : '';
    const allowed = error.keyword === 'enum' ? `: ${(error.params.allowedValues as unknown[]).join(', ')}` : '';
    const detail =
      missing !== ''
        ? 'is needed'
        : extra !== ''
          ? 'is not a parameter of this template'
          : `${error.message ?? 'is not valid'}${allowed}`;
    const pointer = `${error.instancePath}${missing}${extra}`;
    return { pointer, detail: `${pointer.slice(1).replaceAll('/', '.') || 'parameters'} ${detail}` };
  });
  return { value, errors };
}

/** A key as a JSON pointer writes it (RFC 6901). */
function escapeKey(key: unknown): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
