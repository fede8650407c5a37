import { Link, Outlet } from '@tanstack/react-router';
import { t } from './access.messages.ts';

const sections = [
  { to: '/access/projects', title: t.projects },
  { to: '/access/members', title: t.members },
  { to: '/access/roles', title: t.roles },
  { to: '/access/tokens', title: t.tokens },
  { to: '/access/explain', title: t.explain },
] as const;

/** The parts of Access, above each of its pages. */
export function AccessLayout() {
  return (
    <>
      <nav className="tabs" aria-label={t.sections}>
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
