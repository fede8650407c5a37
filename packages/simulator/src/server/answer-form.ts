import { ApiError } from '../objects/api-error.ts';
import type { Kind } from '../objects/kinds.ts';
import { type Json, objectOf } from '../objects/types.ts';
import type { Included, Tables } from '../printing/table.ts';

const apiVersion = 'meta.k8s.io/v1';

/** What a reader asks to get: whole objects, their metadata alone, or rows to print. */
export type Asked = { form: 'whole' | 'metadata' } | { form: 'table'; included: Included };

/**
 * @param isList a list has a form of its own; a watch sends single objects
 * @throws ApiError 406 for a form that the request cannot have
 */
export function askedForm(accept: string, query: URLSearchParams, isList: boolean): Asked {
  const forms = accept.split(',').map((each) => /;\s*as=([A-Za-z]+)/.exec(each)?.[1]);
  const partial = isList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  const isTaken = (form: string | undefined) => form === undefined || form === partial || form === 'Table';
  const first = forms.find(isTaken);
  if (!forms.some(isTaken)) {
    const why = `only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor`;
    throw new ApiError(406, 'NotAcceptable', why, {});
  }
  if (first === undefined) return { form: 'whole' };
  if (first === partial) return { form: 'metadata' };
  const included = query.get('includeObject') ?? '';
  return { form: 'table', included: included === 'None' || included === 'Object' ? included : 'Metadata' };
}

/** Objects and lists in the form that was asked for. */
export interface Forms {
  object(kind: Kind, object: Json, asked: Asked): Json;
  list(kind: Kind, list: Json, asked: Asked): Json;
  /** For one watch: its first row comes with the columns, the others without. */
  watch(kind: Kind, asked: Asked): (object: Json) => Json;
}

export function createForms(tables: Tables): Forms {
  function object(kind: Kind, whole: Json, asked: Asked, isFirst = true): Json {
    if (asked.form === 'table') return tables.of(kind, whole, { included: asked.included, isFirst });
    return asked.form === 'metadata' ? metadataOf(whole) : whole;
  }
  return {
    object,
    list(kind, list, asked) {
      if (asked.form === 'table') return tables.of(kind, list, { included: asked.included });
      return asked.form === 'metadata' ? metadataListOf(list) : list;
    },
    watch(kind, asked) {
      let isFirst = true;
      return (whole) => {
        const made = object(kind, whole, asked, isFirst);
        isFirst = false;
        return made;
      };
    },
  };
}

function metadataOf(object: Json): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: objectOf(object.metadata) };
}

function metadataListOf(list: Json): Json {
  const items = Array.isArray(list.items) ? list.items : [];
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata: list.metadata, items: items.map(metadataOf) };
}
