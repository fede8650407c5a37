import { AppError } from '../../platform/errors.ts';
import { isListed } from './asked-kind.ts';
import type { KindRegistry, KnownKind } from './kind-registry.ts';

/**
 * The kind that somebody names: a plural, in full or with its group beside it. A kind with facts of its own goes before
 * a namesake in another group.
 * @throws AppError 422 for a kind that no cluster serves, and for a plural of several groups
 */
export async function findKind(
  kinds: KindRegistry,
  { plural, group }: { plural: string; group?: string | undefined },
): Promise<KnownKind> {
  const named = (await kinds.named(plural)).filter(
    (kind) => isListed(kind) && (group === undefined || kind.group === (group === 'core' ? '' : group)),
  );
  const found = named.find((kind) => kind.key === plural) ?? named[0];
  if (found !== undefined && (found.key === plural || named.length === 1)) return found;
  const detail =
    found === undefined
      ? `No cluster serves ${plural}${group === undefined ? '' : ` of ${group}`}. GET /inventory/kinds names all kinds.`
      : `There are ${plural} in ${named.map((kind) => kind.group).join(' and ')}: name the group.`;
  throw new AppError('invalid_input', 422, detail, {
    errors: [{ pointer: 'query/plural', code: found === undefined ? 'unknown_kind' : 'ambiguous_kind', detail }],
  });
}
