import type { ClientOutput } from '@quarterdeck/contracts';
import type { getEffectiveParameters } from '@quarterdeck/contracts/parameters';
import { ageOf, type FieldSource } from '@quarterdeck/ui';
import { t } from './platform.messages.ts';

type Effective = ClientOutput<typeof getEffectiveParameters>;
type Layer = 'application' | 'environment' | 'target';
type Lock = { pointer: string; layer: Layer; permission: string };

const rank: Record<Layer, number> = { application: 0, environment: 1, target: 2 };

/**
 * Where each field of a form for one layer gets its value from while nothing is set there.
 * @param wider what the layers above come to, without the form's own
 */
export function sourceOf(
  wider: Effective,
  form: { layer: Layer; locked: readonly Lock[]; mayUnlock: (permission: string) => boolean },
): (pointer: string) => FieldSource {
  return (pointer) => {
    const lock = form.locked.find((one) => pointer === one.pointer || pointer.startsWith(`${one.pointer}/`));
    const isTooNarrow = lock !== undefined && rank[form.layer] > rank[lock.layer];
    const locked = isTooNarrow
      ? t.lockedLayer(t.layers[lock.layer])
      : lock !== undefined && !form.mayUnlock(lock.permission)
        ? t.lockedPermission(lock.permission)
        : undefined;
    return { value: valueAtPointer(wider.effective, pointer), text: textOf(wider, pointer), locked };
  };
}

/** `application, revision 3, by Wang, 2 d`; nothing for a default. A map says so for the newest of its leaves. */
function textOf({ provenance }: Effective, pointer: string): string | undefined {
  const leaves = provenance.filter((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
  const found = leaves
    .filter(({ layer }) => layer !== 'default')
    .sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''))[0];
  if (found === undefined || found.layer === 'default') return undefined;
  const age = found.at === undefined ? '' : ageOf(new Date(found.at), Date.now());
  return t.sourceText(t.layers[found.layer], found.revision ?? 0, found.author ?? '', age);
}

function valueAtPointer(value: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      value,
    );
}
