import { signOut } from '@quarterdeck/contracts/identity';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { t } from './identity.messages.ts';

/** Ends this session; nothing of what was seen stays in the tab. */
export function SignOutButton() {
  const leave = useMutation({
    mutationFn: () => api.call(signOut, {}),
    onSettled: (answer) => location.assign(answer?.location ?? '/'),
  });
  return (
    <button type="button" className="button small" onClick={() => leave.mutate()}>
      {t.signOut}
    </button>
  );
}
