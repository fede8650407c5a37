import { PageHeader } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from './identity.queries.ts';
import { MyAccount } from './my-account.tsx';
import { MySecondFactor } from './my-second-factor.tsx';
import { MySessions } from './my-sessions.tsx';
import { TokensPanel } from './tokens-panel.tsx';

/** The own account. */
export function ProfilePage() {
  const me = useQuery(meQuery).data;
  if (me === null || me === undefined) return null;
  return (
    <div className="stack wide">
      <PageHeader title={me.user.displayName}>{me.user.name}</PageHeader>
      <MyAccount me={me} />
      <MySecondFactor me={me} />
      <MySessions />
      <TokensPanel />
    </div>
  );
}
