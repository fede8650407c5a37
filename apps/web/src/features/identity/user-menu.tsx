import { signOut } from '@quarterdeck/contracts/identity';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { meQuery } from './identity.queries.ts';

export function UserMenu() {
  const me = useQuery(meQuery);
  const leave = useMutation({ mutationFn: () => api.call(signOut, {}), onSettled: () => location.assign('/') });
  return (
    <span className="row">
      <span>{me.data?.user.displayName}</span>
      <button type="button" className="button small" onClick={() => leave.mutate()}>
        Sign out
      </button>
    </span>
  );
}
