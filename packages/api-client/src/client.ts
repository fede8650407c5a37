import type { ClientInput, ClientOutput, Endpoint, Problem } from '@quarterdeck/contracts';

/** An answer of the API that is a problem document, or no answer at all (`code` is `network`). */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

type Options = { signal?: AbortSignal; idempotencyKey?: string };

export interface Client {
  /** Calls an endpoint by its contract; types of input and answer follow from it. Raises `ProblemError`. */
  call<E extends Endpoint>(endpoint: E, input: ClientInput<E>, options?: Options): Promise<ClientOutput<E>>;
}

export function createClient({
  baseUrl = '/api/v1',
  fetch: send = fetch,
}: {
  baseUrl?: string;
  fetch?: typeof fetch;
} = {}): Client {
  return {
    async call(endpoint, input, options) {
      const given = input as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
      const url = `${baseUrl}${pathOf(endpoint.path, given.params)}${queryOf(given.query)}`;
      let response: Response;
      try {
        response = await send(url, {
          method: endpoint.method,
          credentials: 'same-origin',
          headers: {
            accept: 'application/json',
            ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(options?.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
          },
          ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
          ...(options?.signal === undefined ? {} : { signal: options.signal }),
        });
      } catch (error) {
        if (options?.signal?.aborted === true) throw error;
        throw new ProblemError(noAnswer());
      }
      if (!response.ok) throw new ProblemError(await problemIn(response));
      return (response.status === 204 ? undefined : await response.json()) as never;
    },
  };
}

function pathOf(path: string, params: Record<string, unknown> | undefined): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params?.[name] ?? '')));
}

function queryOf(query: Record<string, unknown> | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(pairs.map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : String(value)]))}`;
}

/** The problem document of a refusal, or what can be said without one. */
export async function problemIn(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { ...noAnswer(), status: response.status, detail: `The server answered ${response.status}.` };
  }
}

function noAnswer(): Problem {
  return {
    type: 'urn:quarterdeck:problem:network',
    title: 'No answer',
    status: 0,
    code: 'network',
    detail: 'The server does not answer. It may be restarting, or your network is away.',
    requestId: '',
  };
}
