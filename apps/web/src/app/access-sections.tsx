import { Link, Outlet } from '@tanstack/react-router';
import { t } from './shell.messages.ts';

const sections = [
  { to: '/access/projects', title: t.accessProjects },
  { to: '/access/members', title: t.accessMembers },
  { to: '/access/roles', title: t.accessRoles },
  { to: '/access/tokens', title: t.accessTokens },
  { to: '/access/explain', title: t.accessExplain },
] as const;

/** The parts of Access, above each of its pages. */
export function AccessSections() {
  return (
    <>
      <nav className="tabs" aria-label={t.access}>
        {sections.map(({ to, title }) => (
          <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }}>
            {title}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
