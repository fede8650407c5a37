import { describe, expect, it } from 'vitest';
import { parseObject } from './parse-object.ts';

const managers = [{ manager: 'kubelet', fieldsV1: { 'k:{"name":"a]"}': { '.': {}, 'f:x\\': [1, [2]] } } }];
const parse = (text: string) => parseObject(Buffer.from(text), { ignoresManagers: true });

describe('an object whose managers are not read', () => {
  it('has all but them, whatever their keys hold', () => {
    const object = { metadata: { name: '語🚢', managedFields: managers, uid: 'u' }, spec: { a: [']', '"'] } };
    const text = JSON.stringify(object);
    expect(parse(text)).toEqual({ ...object, metadata: { ...object.metadata, managedFields: [] } });
    expect(parseObject(Buffer.from(text), {})).toEqual(object);
  });

  it('keeps an annotation that holds an object of its own', () => {
    const annotations = { last: JSON.stringify({ metadata: { managedFields: managers } }) };
    for (const object of [
      { metadata: { annotations } },
      { metadata: { annotations, managedFields: managers } },
      { metadata: { name: 'a\\', annotations } },
    ])
      expect(parse(JSON.stringify(object))).toMatchObject({ metadata: { annotations } });
  });

  it('is whole where it is written with spaces, and refused where it breaks off', () => {
    const object = { metadata: { managedFields: managers } };
    expect(parse(JSON.stringify(object, null, 1))).toEqual(object);
    const text = JSON.stringify(object);
    for (let end = 1; end < text.length; end += 1)
      expect(() => parse(text.slice(0, end)), text.slice(0, end)).toThrow();
  });
});
