import { quantity } from '../objects/quantity.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

const annotation = 'kubernetes.io/limit-ranger';

/** A new pod with the requests and limits that its namespace gives to containers without; the pod says which. */
export function withLimitDefaults(store: ObjectStore, pod: KubeObject): KubeObject {
  let made = pod;
  for (const range of store.list(known.limitRanges, pod.metadata.namespace)) made = filled(made, range);
  return made;
}

function filled(pod: KubeObject, range: KubeObject): KubeObject {
  const items = listOf(at(range, 'spec', 'limits')).filter(({ type }) => type === 'Container');
  const all = (field: string): Json => Object.assign({}, ...items.map((item) => objectOf(item[field])));
  const [limits, requests] = [all('default'), all('defaultRequest')];
  const set: string[] = [];

  function fill(container: Json, what: string): Json {
    const resources = objectOf(container.resources);
    const add = (given: unknown, defaults: Json, word: string) => {
      const missing = Object.keys(defaults).filter((name) => objectOf(given)[name] === undefined);
      if (missing.length > 0) set.push(`${missing.sort().join(', ')} ${word} for ${what} ${textOf(container.name)}`);
      const merged = { ...defaults, ...objectOf(given) };
      return Object.keys(merged).length === 0 ? given : merged;
    };
    const made = {
      requests: add(resources.requests, requests, 'request'),
      limits: add(resources.limits, limits, 'limit'),
    };
    return { ...container, resources: { ...resources, ...defined(made) } };
  }
  const containers = listOf(at(pod, 'spec', 'containers')).map((each) => fill(each, 'container'));
  const init = listOf(at(pod, 'spec', 'initContainers')).map((each) => fill(each, 'init container'));
  if (set.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${set.join('; ')}` };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(init.length === 0 ? {} : { initContainers: init }) },
  };
}

function defined(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** Why a new pod or claim is outside the limits of its namespace. */
export function limitViolation(store: ObjectStore, object: KubeObject): string | undefined {
  for (const range of store.list(known.limitRanges, object.metadata.namespace)) {
    const wrong = listOf(at(range, 'spec', 'limits')).flatMap((item) => wrongBy(item, object));
    // Words that are said of several containers are said once.
    const words = [...new Set(wrong)];
    if (words.length > 0) return words.length === 1 ? words[0] : `[${words.join(', ')}]`;
  }
  return undefined;
}

type Asked = { requests: Json; limits: Json };

function wrongBy(item: Json, object: KubeObject): string[] {
  const type = textOf(item.type);
  const asked = askedBy(type, object);
  const of = (field: string) => Object.entries(objectOf(item[field]));
  return asked.flatMap((each) => [
    ...of('min').flatMap(([name, least]) => tooLittle(type, name, String(least), each)),
    ...of('max').flatMap(([name, most]) => tooMuch(type, name, String(most), each)),
    ...of('maxLimitRequestRatio').flatMap(([name, most]) => tooFar(type, name, String(most), each)),
  ]);
}

function askedBy(type: string, object: KubeObject): Asked[] {
  if (type === 'PersistentVolumeClaim' && object.kind === 'PersistentVolumeClaim')
    return [{ requests: objectOf(at(object, 'spec', 'resources', 'requests')), limits: {} }];
  if (object.kind !== 'Pod') return [];
  const lists = ['containers', 'initContainers'].map((list) => listOf(at(object, 'spec', list)).map(resourcesOf));
  if (type === 'Container') return lists.flat();
  if (type !== 'Pod') return [];
  const [plain = [], init = []] = lists;
  // Init containers run one after the other, before all others.
  const total = (part: keyof Asked): Json => {
    const names = new Set([...plain, ...init].flatMap((each) => Object.keys(each[part])));
    return Object.fromEntries(
      [...names].map((name) => {
        const sum = plain.reduce((all, each) => all + quantity(each[part][name]), 0);
        const greatest = Math.max(sum, ...init.map((each) => quantity(each[part][name])));
        const same = [...plain, ...init].map((each) => each[part][name]).find((given) => quantity(given) === greatest);
        return [name, same ?? inUnits(name, greatest)];
      }),
    );
  };
  return [{ requests: total('requests'), limits: total('limits') }];
}

function resourcesOf(container: Json): Asked {
  const resources = objectOf(container.resources);
  return { requests: objectOf(resources.requests), limits: objectOf(resources.limits) };
}

function inUnits(name: string, value: number): string {
  if (name === 'cpu') return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
  const unit = (
    [
      ['Gi', 2 ** 30],
      ['Mi', 2 ** 20],
      ['Ki', 1024],
    ] as const
  ).find(([, size]) => value % size === 0);
  return unit === undefined ? String(value) : `${value / unit[1]}${unit[0]}`;
}

function tooLittle(type: string, name: string, least: string, { requests, limits }: Asked): string[] {
  const words = `minimum ${name} usage per ${type} is ${least}`;
  if (requests[name] === undefined) return [`${words}.  No request is specified`];
  if (quantity(requests[name]) < quantity(least)) return [`${words}, but request is ${String(requests[name])}`];
  if (limits[name] !== undefined && quantity(limits[name]) < quantity(least))
    return [`${words}, but limit is ${String(limits[name])}`];
  return [];
}

function tooMuch(type: string, name: string, most: string, { requests, limits }: Asked): string[] {
  const words = `maximum ${name} usage per ${type} is ${most}`;
  const isClaim = type === 'PersistentVolumeClaim';
  if (!isClaim && limits[name] === undefined) return [`${words}.  No limit is specified`];
  if (isClaim && requests[name] === undefined) return [`${words}.  No request is specified`];
  if (quantity(limits[name]) > quantity(most)) return [`${words}, but limit is ${String(limits[name])}`];
  if (quantity(requests[name]) > quantity(most)) return [`${words}, but request is ${String(requests[name])}`];
  return [];
}

function tooFar(type: string, name: string, most: string, { requests, limits }: Asked): string[] {
  const words = `${name} max limit to request ratio per ${type} is ${most}, but`;
  const [request, limit] = [quantity(requests[name]), quantity(limits[name])];
  if (request === 0) return [`${words} no request is specified or request is 0`];
  if (limit === 0) return [`${words} no limit is specified or limit is 0`];
  return limit / request > quantity(most) ? [`${words} provided ratio is ${(limit / request).toFixed(6)}`] : [];
}
