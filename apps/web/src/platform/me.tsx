import type { Me, Permission } from '@quarterdeck/contracts';
import { createContext, type ReactNode, useContext } from 'react';
import { t } from './platform.messages.ts';

const Signed = createContext<Me | undefined>(undefined);

/** Who is signed in, for every page below. */
export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <Signed value={me}>{children}</Signed>;
}

/** Who is signed in; `undefined` outside of the portal's frame. */
export function useMe(): Me | undefined {
  return useContext(Signed);
}

/** Why somebody may not do a thing, as a sentence; `undefined` when they may. The server decides again. */
export function useRefusal(permission: Permission): string | undefined {
  const me = useMe();
  return me === undefined || me.permissionsSomewhere.includes(permission) ? undefined : t.needs(permission);
}

/** Nobody has granted them anything yet, so that no list would answer. */
export function useIsStranger(): boolean {
  const me = useContext(Signed);
  return me?.permissionsSomewhere.every((permission) => permission === 'identity:self') ?? false;
}
