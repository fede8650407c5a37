export type Json = Record<string, unknown>;

export type Metadata = {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFields[];
};

export type OwnerReference = { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean };

export type ManagedFields = {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldTree;
  subresource?: string;
};

/** Kubernetes' FieldsV1: `f:name`, `k:{…}`, `v:…`, `.`. */
export type FieldTree = { [key: string]: FieldTree };

/** Any object of the API. Values in the store are never changed in place. */
export type KubeObject = { apiVersion: string; kind: string; metadata: Metadata; spec?: Json; status?: Json } & Json;

export function objectOf(value: unknown): Json {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A value inside nested maps; `undefined` where the way ends. */
export function at(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) current = objectOf(current)[key];
  return current;
}
