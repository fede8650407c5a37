import { ApiError } from '../objects/api-error.ts';

const path = 'resourceVersionMatch';

/** What a list or a watch may not ask for together. @throws ApiError 422 */
export function assertListOptions(query: URLSearchParams, isWatch: boolean): void {
  const faults = isWatch ? ofWatch(query) : ofList(query);
  if (faults.length === 0) return;
  const words = faults.map(({ field, message }) => `${field}: ${message}`);
  const said = words.length === 1 ? words[0] : `[${words.join(', ')}]`;
  throw new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${said}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: faults,
  });
}

type Fault = { reason: string; message: string; field: string };

function forbidden(message: string, field = path): Fault {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field };
}

function unsupported(value: string, known: readonly string[]): Fault {
  const list = known.map((each) => `"${each}"`).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: "${value}": supported values: ${list}`,
    field: path,
  };
}

function ofList(query: URLSearchParams): Fault[] {
  const match = query.get(path) ?? '';
  const version = query.get('resourceVersion') ?? '';
  const faults: Fault[] = [];
  if (match !== '') {
    if (version === '') faults.push(forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (query.get('continue')) faults.push(forbidden('resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') faults.push(unsupported(match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && version === '0')
      faults.push(forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (query.has('sendInitialEvents'))
    faults.push(forbidden('sendInitialEvents is forbidden for list', 'sendInitialEvents'));
  return faults;
}

function ofWatch(query: URLSearchParams): Fault[] {
  const match = query.get(path) ?? '';
  const isListed = query.has('sendInitialEvents');
  const faults: Fault[] = [];
  if (isListed && match !== 'NotOlderThan')
    faults.push(forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match !== '' && !isListed)
    faults.push(forbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  if (match !== '' && match !== 'NotOlderThan') faults.push(unsupported(match, ['NotOlderThan']));
  return faults;
}
