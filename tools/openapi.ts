import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { allEndpoints, type Endpoint, problemSchema, sharedErrorCodes } from '@quarterdeck/contracts';
import { z } from 'zod';

/** Where the document lives. */
export const openapiFile = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));

/** The OpenAPI 3.1 document of the API, as text: the same contracts always give the same bytes. */
export function openapiText(): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of allEndpoints) {
    const path = `/api/v1${endpoint.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Quarterdeck',
      version: '1',
      description: 'One REST API over every Kubernetes cluster of a company.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schema(problemSchema, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-qd' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'qdp_… personal, qds_… service account, qdw_… workload',
        },
      },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function operation(endpoint: Endpoint) {
  const status = String(endpoint.status ?? successStatus(endpoint));
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    tags: [endpoint.path.split('/')[1]],
    'x-permission': endpoint.permission,
    ...(endpoint.stepUp === true ? { 'x-step-up': true } : {}),
    security: endpoint.permission === 'public' ? [] : [{ session: [] }, { bearer: [] }],
    parameters: [
      ...parameters(endpoint.params, 'path'),
      ...parameters(endpoint.query, 'query'),
      ...idempotency(endpoint),
    ],
    ...(endpoint.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              [endpoint.form === true ? 'application/x-www-form-urlencoded' : 'application/json']: {
                schema: schema(endpoint.body, 'input'),
              },
            },
          },
        }),
    responses: {
      [status]: { description: 'Done', ...content(endpoint) },
      default: {
        description: `Codes: ${[...endpoint.errors, ...Object.keys(sharedErrorCodes)].join(', ')}`,
        ...problem,
      },
    },
  };
}

function successStatus(endpoint: Endpoint): number {
  if (endpoint.redirects !== undefined) return 303;
  return endpoint.response === undefined && endpoint.download === undefined ? 204 : 200;
}

function parameters(source: z.ZodType | undefined, place: 'path' | 'query') {
  if (source === undefined) return [];
  const object = schema(source, 'input') as { properties?: Record<string, object>; required?: string[] };
  return Object.entries(object.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (object.required ?? []).includes(name),
    schema: property,
  }));
}

function idempotency(endpoint: Endpoint) {
  if (endpoint.idempotent === undefined || endpoint.idempotent === false) return [];
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', minLength: 8, maxLength: 200 },
    },
  ];
}

function schema(source: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(source, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  return rest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(openapiFile, openapiText());

function content(endpoint: Endpoint) {
  if (endpoint.download !== undefined) {
    return { content: Object.fromEntries(endpoint.download.map((type) => [type, { schema: { type: 'string' } }])) };
  }
  return endpoint.response === undefined
    ? {}
    : { content: { 'application/json': { schema: schema(endpoint.response, 'output') } } };
}
