import { Link } from '@tanstack/react-router';
import { t } from './platform.messages.ts';

/** To what was done to one object: by its id, or by its name where clusters own it. */
export function AuditLink(search: { target?: string; q?: string; cluster?: string }) {
  return (
    <Link to="/audit" search={search as never} className="button">
      {t.audit}
    </Link>
  );
}
