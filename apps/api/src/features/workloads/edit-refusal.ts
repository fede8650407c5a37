import type { EditRefusal } from '@quarterdeck/contracts';
import {
  type ClusterResponse,
  EditError,
  type Manifest,
  ManifestError,
  plainPath,
  refusalOf,
  refusedFields,
  withoutSecretValues,
} from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { overloadOf } from '../clusters/index.ts';

type Place = EditRefusal['places'][number];

/** A text that was not taken, with the places in it that are meant. */
export class TextRefusal extends AppError {
  readonly places: Place[];
  /** Without the place. */
  readonly said: string;
  /** @param code `manifest_invalid` for our own no, else as the cluster's refusals are called */
  constructor(detail: string, places: Place[] = [], code = 'manifest_invalid') {
    super(
      code === 'manifest_invalid' || code === 'cluster_forbidden' ? code : 'cluster_refused',
      statusOf(code),
      told(detail, places),
      {
        errors: places.map((place) => ({ pointer: '/yaml', code, detail: told(place.detail, [place]) })),
      },
    );
    this.name = 'TextRefusal';
    this.places = places;
    this.said = detail;
  }
}

const statusOf = (code: string) => (code === 'cluster_forbidden' ? 403 : 422);

function told(detail: string, [first]: readonly Place[]): string {
  if (first?.line === undefined) return detail;
  return `Line ${first.line}${first.field === undefined ? '' : `, ${first.field}`}: ${detail}`;
}

/** The line of a field that is named by us or by the cluster, or of the nearest place above it that is there. */
export function placeIn({ value, places, line }: Manifest, field: string, detail: string): Place {
  const path = plainPath(value, field);
  return { field, line: (path === '' ? undefined : places.get(path)) ?? line, detail };
}

/** What was thrown while a text was read, as a refusal of it. @throws TextRefusal, or what it is not */
export function refusalOfText(error: unknown, manifest?: Manifest): never {
  if (error instanceof ManifestError)
    throw new TextRefusal(error.message, error.line === undefined ? [] : [{ line: error.line, detail: error.message }]);
  if (error instanceof EditError && manifest !== undefined)
    throw new TextRefusal(error.message, [placeIn(manifest, error.field, error.message)]);
  throw error;
}

/**
 * A cluster's no to a text: told with the places it means. What is no word about the text is an error.
 * @param object that was sent: values of a Secret are not repeated
 */
export function refusalOfAnswer(
  answer: ClusterResponse<unknown>,
  object: Record<string, unknown>,
  { address, manifest }: { address: { name: string; plural: string }; manifest: Manifest },
): EditRefusal | AppError {
  const refusal = refusalOf(answer, { kind: String(object.kind), name: address.name });
  if (refusal.code === 'write_conflict' || refusal.code === 'replaced') return changedMeanwhile(address);
  if (refusal.outcome === 'retry')
    return (
      overloadOf(answer) ??
      new AppError('cluster_unreachable', 503, `The cluster answered ${answer.status}.`, { retryAfterSeconds: 5 })
    );
  const shown = (said: string) => withoutSecretValues(object, said);
  const places = refusedFields(answer).map(({ field, detail }) => placeIn(manifest, field, shown(detail)));
  return { code: refusal.code, detail: shown(refusal.detail), places };
}

export function replacedMeanwhile({ name, plural }: { name: string; plural: string }): AppError {
  return new AppError(
    'object_replaced',
    409,
    `${name} among the ${plural} is another object by now. Nothing was saved: read it again.`,
  );
}

export function changedMeanwhile({ name, plural }: { name: string; plural: string }): AppError {
  return new AppError(
    'object_changed',
    409,
    `Somebody or something changed ${name} among the ${plural} since it was read. Nothing was saved: bring both together.`,
  );
}
