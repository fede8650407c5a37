import { PageHeader } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from './identity.queries.ts';
import { TokensPanel } from './tokens-panel.tsx';

/** The own account. */
export function ProfilePage() {
  const me = useQuery(meQuery).data;
  return (
    <>
      <PageHeader title={me?.user.displayName ?? ''}>{me?.user.name}</PageHeader>
      <TokensPanel />
    </>
  );
}
