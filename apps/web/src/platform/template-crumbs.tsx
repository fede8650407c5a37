import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from './platform.messages.ts';

/** The way from the catalogue to a page of templates, or of one of them. */
export function templateCrumbs(name?: string): ReactNode[] {
  const catalogue = (
    <Link key="templates" to="/templates">
      {t.templates}
    </Link>
  );
  if (name === undefined) return [catalogue];
  return [
    catalogue,
    <Link key="template" to="/templates/$name" params={{ name }}>
      {name}
    </Link>,
  ];
}
