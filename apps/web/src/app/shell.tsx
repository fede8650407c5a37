import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import {
  meQuery,
  providersQuery,
  ResetPage,
  resetTokenOf,
  SecondFactorGate,
  SetupPage,
  SignInPage,
  StepUpDialog,
} from '../features/identity/index.ts';
import { FleetProvider } from '../platform/fleet.tsx';
import { MeProvider } from '../platform/me.tsx';
import { Waiting } from './failures.tsx';
import { Frame } from './frame.tsx';
import { t } from './shell.messages.ts';

/** The gate before every page: claim, sign-in, or the portal. */
export function Shell() {
  const me = useQuery(meQuery);
  const providers = useQuery(providersQuery);
  const user = me.data?.user.id;
  const [resetToken] = useState(() => resetTokenOf(location.hash));
  const [entered, setEntered] = useState<NonNullable<typeof me.data> | undefined>();
  useEffect(() => {
    if (me.data === null || me.data === undefined || me.data === entered) return;
    // Nothing of what one person saw is left for the next.
    if (entered !== undefined && entered.user.id !== me.data.user.id) location.assign('/');
    setEntered(me.data);
  }, [me.data, entered]);
  if (providers.data?.claimed === false) return <SetupPage />;
  if (resetToken !== undefined) return <ResetPage token={resetToken} />;
  if (entered === undefined && (me.data === undefined || providers.data === undefined))
    return <Waiting reason={me.failureReason ?? providers.failureReason} />;
  if (user === undefined && entered === undefined) return <SignInPage />;
  if (me.data?.secondFactor === 'owed') return <SecondFactorGate />;
  if (entered === undefined) return null;
  // A session that ended is renewed over the page, which keeps what was typed.
  return (
    <>
      <MeProvider me={entered}>
        <FleetProvider>
          <Frame me={entered} inert={user === undefined} />
        </FleetProvider>
      </MeProvider>
      {user !== undefined ? null : (
        <div className="overlay">
          <SignInPage note={t.sessionEnded} />
        </div>
      )}
      <StepUpDialog />
    </>
  );
}
