import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from './releases.messages.ts';

/** The way from a page about an application back to it and to all of them. */
export function applicationCrumbs(project: string, app: string): ReactNode[] {
  return [
    <Link key="applications" to="/applications">
      {t.applications}
    </Link>,
    <Link key="application" to="/applications/$project/$app" params={{ project, app }}>
      {app}
    </Link>,
  ];
}
