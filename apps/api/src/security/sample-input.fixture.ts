import type { IdPrefix } from '@quarterdeck/contracts';
import fc from 'fast-check';
import { z } from 'zod';

type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  minimum?: number;
  minItems?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
};

/** The id of an object of this kind in the place that is asked about. */
export type IdOf = (prefix: IdPrefix) => string;

const idPattern = /^\^([a-z]{3})_\[0-7\]/;

/**
 * An input that a schema of the contracts takes: required fields alone, and optional ones that name an object, so that
 * a request is about the place that is meant. Same schema, same input.
 */
export function sampleInput(schema: z.ZodType, idOf: IdOf): unknown {
  return sample(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, idOf);
}

function sample(schema: JsonSchema, idOf: IdOf): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0];
  if (choice !== undefined) return sample(choice, idOf);
  if (schema.default !== undefined) return schema.default;
  switch (schema.type) {
    case 'string':
      return sampleText(schema, idOf);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sample(schema.items ?? {}, idOf));
    case 'object':
      return sampleObject(schema, idOf);
    default:
      return {};
  }
}

function sampleObject(schema: JsonSchema, idOf: IdOf): Record<string, unknown> {
  const required = new Set(schema.required);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([key, property]) => required.has(key) || idPattern.test(property.pattern ?? ''))
      .map(([key, property]) => [key, sample(property, idOf)]),
  );
}

function sampleText(schema: JsonSchema, idOf: IdOf): string {
  const prefix = idPattern.exec(schema.pattern ?? '')?.[1];
  if (prefix !== undefined) return idOf(prefix as IdPrefix);
  if (schema.format === 'date-time') return '2030-01-01T00:00:00Z';
  if (schema.format === 'uri') return 'https://sample.example';
  if (schema.format === 'email') return 'sample@sample.example';
  if (schema.pattern !== undefined) {
    return fc.sample(fc.stringMatching(new RegExp(schema.pattern)), { numRuns: 1, seed: 7 })[0] ?? '';
  }
  return 'sample'.padEnd(schema.minLength ?? 0, '-sample');
}
