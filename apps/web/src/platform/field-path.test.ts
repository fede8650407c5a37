import { expect, it } from 'vitest';
import { fieldPath } from './field-path.ts';

it('writes a JSON pointer as people write a field', () => {
  expect(fieldPath('/spec/ports/0/name')).toBe('spec.ports.0.name');
  expect(fieldPath('/metadata/labels/app.kubernetes.io~1name')).toBe('metadata.labels.app.kubernetes.io/name');
  expect(fieldPath('/a~01')).toBe('a~1');
});
