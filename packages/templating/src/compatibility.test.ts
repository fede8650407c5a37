// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { loadBundle } from './bundle.ts';
import { compareBundles, compareVersions, isStep, neededLevel } from './compatibility.ts';

const port = { type: 'integer', minimum: 1, maximum: 9000, default: 80 };
const size = { type: 'string', enum: ['small', 'large'], default: 'small' };
const host = { type: 'string', maxLength: 20, default: '' };
const env = { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 9 }, default: {} };
const properties = { port, size, host, env };
const service =
  'apiVersion: v1\nkind: Service\nmetadata: { name: "${app.name}" }\nspec: { selector: { a: "${app.name}" } }\n';

function bundleOf(change: { properties?: object; required?: string[]; service?: string; images?: string } = {}) {
  return loadBundle({
    'template.yaml': `name: sample\nversion: 1.0.0\nimages: ${change.images ?? '{ main: { required: true } }'}\n`,
    'schema.json': JSON.stringify({
      type: 'object',
      additionalProperties: false,
      properties: change.properties ?? properties,
      ...(change.required === undefined ? {} : { required: change.required }),
    }),
    'manifests/service.yaml': change.service ?? service,
  });
}

const compare = (change: Parameters<typeof bundleOf>[0]) => compareBundles(bundleOf(), bundleOf(change));
const { size: _, ...withoutSize } = properties;

describe('two versions of a template', () => {
  it('that are alike need no more than a patch', () => {
    expect(neededLevel(compare({}))).toBe('patch');
    expect(neededLevel(compare({ service: service.replace('spec: {', 'spec: { type: ClusterIP,') }))).toBe('patch');
  });

  it.each<[string, Parameters<typeof bundleOf>[0], string]>([
    ['a parameter is gone', { properties: withoutSize }, '/size'],
    ['a parameter has another name', { properties: { ...withoutSize, scale: size } }, '/size'],
    ['a parameter is needed now', { required: ['host'] }, '/host'],
    ['a number takes less', { properties: { ...properties, port: { ...port, maximum: 8000 } } }, '/port'],
    ['a text takes less', { properties: { ...properties, host: { ...host, maxLength: 10 } } }, '/host'],
    ['a text has a pattern now', { properties: { ...properties, host: { ...host, pattern: '^a' } } }, '/host'],
    ['a choice is gone', { properties: { ...properties, size: { ...size, enum: ['small'] } } }, '/size'],
    ['a type is another', { properties: { ...properties, port: { type: 'string', maxLength: 5 } } }, '/port'],
    [
      'values of a map take less',
      { properties: { ...properties, env: { ...env, additionalProperties: { type: 'string', maxLength: 3 } } } },
      '/env/*',
    ],
    ['an image is needed now', { images: '{ main: { required: true }, side: { required: true } }' }, 'images.side'],
    ['an image is gone', { images: '{}' }, 'images.main'],
    [
      'an object has another name',
      { service: service.replace('name: "${app.name}"', 'name: "${app.name}-web"') },
      'Service sample',
    ],
    ['a selector is another', { service: service.replace('{ a: ', '{ b: ') }, 'Service sample'],
  ])('need a major step where %s', (_case, change, place) => {
    const changes = compare(change);
    expect(neededLevel(changes)).toBe('major');
    expect(changes.filter(({ level }) => level === 'major').map((found) => found.place)).toContain(place);
  });

  it.each<[string, Parameters<typeof bundleOf>[0]]>([
    ['a parameter is new', { properties: { ...properties, more: host } }],
    ['a default is another', { properties: { ...properties, port: { ...port, default: 8080 } } }],
    [
      'a choice is new',
      { properties: { ...properties, size: { ...size, enum: ['small', 'large', 'huge'] }, more: host } },
    ],
  ])('need a minor step where %s', (_case, change) => {
    expect(neededLevel(compare(change))).toBe('minor');
  });
});

describe('a version', () => {
  it('stands in the order of semver', () => {
    const sorted = ['1.10.0', '1.2.0', '1.2.0-rc.1', '0.9.9', '2.0.0'].sort(compareVersions);
    expect(sorted).toEqual(['0.9.9', '1.2.0-rc.1', '1.2.0', '1.10.0', '2.0.0']);
  });

  it('is a step that is large enough, or not', () => {
    expect(isStep('1.2.3', '1.2.4', 'patch')).toBe(true);
    expect(isStep('1.2.3', '1.2.4', 'minor')).toBe(false);
    expect(isStep('1.2.3', '1.3.0', 'minor')).toBe(true);
    expect(isStep('1.2.3', '1.3.0', 'major')).toBe(false);
    expect(isStep('1.2.3', '2.0.0', 'major')).toBe(true);
    expect(isStep('1.2.3', '1.2.2', 'patch')).toBe(false);
    expect(isStep('0.2.3', '0.3.0', 'major')).toBe(true);
  });
});
