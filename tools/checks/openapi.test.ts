import { readFileSync } from 'node:fs';
import { allEndpoints } from '@quarterdeck/contracts';
import { expect, it } from 'vitest';
import { openapiFile, openapiText } from '../openapi.ts';

it('docs/openapi.json is what the contracts say (npm run openapi writes it)', () => {
  const text = openapiText();
  const operations = Object.values((JSON.parse(text) as { paths: Record<string, object> }).paths).flatMap((path) =>
    Object.keys(path),
  );
  expect(operations).toHaveLength(allEndpoints.length);
  // One boolean: a failing diff of thousands of lines tells nobody more than the command above.
  expect(readFileSync(openapiFile, 'utf8') === text).toBe(true);
});
