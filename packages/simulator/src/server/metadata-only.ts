import { ApiError } from '../objects/api-error.ts';
import { type Json, objectOf } from '../objects/types.ts';

const apiVersion = 'meta.k8s.io/v1';

/** What a reader asks to get: whole objects, or their metadata alone. */
export type Asked = 'whole' | 'metadata';

/**
 * @param isList a list has a form of its own; a watch sends single objects
 * @throws ApiError 406 for a form that the request cannot have
 */
export function askedForm(accept: string, isList: boolean): Asked {
  const forms = accept.split(',').map((each) => /;\s*as=([A-Za-z]+)/.exec(each)?.[1]);
  const wanted = isList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  const isTaken = (form: string | undefined) => form === undefined || form === wanted;
  const first = forms.find(isTaken);
  if (!forms.some(isTaken)) {
    const why = `only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor`;
    throw new ApiError(406, 'NotAcceptable', why, {});
  }
  return first === undefined ? 'whole' : 'metadata';
}

export function metadataOf(object: { metadata?: unknown }): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: objectOf(object.metadata) };
}

export function metadataListOf(list: Json): Json {
  const items = Array.isArray(list.items) ? list.items : [];
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata: list.metadata, items: items.map(metadataOf) };
}
