import type { Role } from '@quarterdeck/contracts';
import { deleteRole } from '@quarterdeck/contracts/access';
import { type Column, DataTable, Drawer, NoMatch, PageHeader, TextFilter } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { t } from './access.messages.ts';
import { accessKey, rolesQuery } from './access.queries.ts';
import { RoleDialog } from './role-dialog.tsx';

const columns: Column<Role>[] = [
  {
    key: 'role',
    title: t.role,
    cell: ({ name, builtIn }) => (
      <span className="row">
        <strong>{name}</strong>
        <span className="badge">{builtIn ? t.builtIn : t.custom}</span>
      </span>
    ),
  },
  { key: 'description', title: t.description, wrap: true, cell: ({ description }) => description },
  {
    key: 'scopes',
    title: t.grantableAt,
    wrap: true,
    cell: ({ scopes }) => scopes.map((scope) => t.scopeKinds[scope]).join(', '),
  },
  { key: 'rung', title: t.rung, cell: ({ rung }) => rung ?? <span className="muted">{t.noRung}</span> },
  { key: 'permissions', title: t.permissions, numeric: true, cell: ({ permissions }) => permissions.length },
  {
    key: 'grants',
    title: t.grants,
    numeric: true,
    cell: ({ id, grants }) => (
      <Link to="/access/members" search={{ role: id } as never}>
        {grants}
      </Link>
    ),
  },
];

/** Roles: which verbs, grantable where, how far inside the clusters. */
export function RolesPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; peek?: string };
  const { q = '' } = search;
  const [edited, setEdited] = useState<Role | 'new' | undefined>();
  const [deleting, setDeleting] = useState<Role | undefined>();
  const roles = useQuery(rolesQuery);
  const go = (change: { q?: string | undefined; peek?: string | undefined }, replace: boolean) =>
    void navigate({ to: '/access/roles', search: { ...search, ...change } as never, replace });
  const words = q.toLowerCase().trim();
  const shown = (roles.data?.items ?? []).filter(({ name, permissions }) =>
    `${name} ${permissions.join(' ')}`.toLowerCase().includes(words),
  );
  const peeked = roles.data?.items.find(({ id }) => id === search.peek);
  return (
    <>
      <PageHeader
        title={t.roles}
        actions={
          <button type="button" className="button primary" onClick={() => setEdited('new')}>
            {t.newRole}
          </button>
        }
      >
        {t.rolesHelp}
      </PageHeader>
      <div className="filters">
        <TextFilter label={t.filterRoles} value={q} onChange={(text) => go({ q: text }, true)} focus />
      </div>
      <ListPanel
        list={roles}
        shown={shown.length}
        rows={6}
        nothing={<NoMatch title={t.noRoles} clear={t.clearFilter} onClear={() => go({ q: undefined }, true)} />}
      >
        <DataTable
          label={t.roles}
          columns={columns}
          rows={shown}
          rowId={({ id }) => id}
          selectedId={peeked?.id}
          onOpen={({ id }) => go({ peek: id }, false)}
        />
      </ListPanel>
      {peeked === undefined ? null : (
        <Drawer title={peeked.name} onClose={() => go({ peek: undefined }, false)}>
          <p>{peeked.description}</p>
          <PermissionList permissions={peeked.permissions} />
          {peeked.builtIn ? null : (
            <div className="row">
              <button type="button" className="button" onClick={() => setEdited(peeked)}>
                {t.edit}
              </button>
              <button type="button" className="button" onClick={() => setDeleting(peeked)}>
                {t.delete}
              </button>
            </div>
          )}
        </Drawer>
      )}
      {edited === undefined ? null : (
        <RoleDialog role={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {deleting === undefined ? null : (
        <DeleteRole
          role={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={() => {
            setDeleting(undefined);
            go({ peek: undefined }, true);
          }}
        />
      )}
    </>
  );
}

/** Verbs by feature. */
function PermissionList({ permissions }: { permissions: readonly string[] }) {
  const byFeature = Map.groupBy(permissions, (permission) => permission.split(':', 1)[0] ?? '');
  return (
    <dl className="facts">
      {[...byFeature].map(([feature, names]) => (
        <div key={feature} className="fact">
          <dt>{feature}</dt>
          <dd>{names.map((name) => name.slice(feature.length + 1)).join(', ')}</dd>
        </div>
      ))}
    </dl>
  );
}

function DeleteRole({ role, onClose, onDeleted }: { role: Role; onClose: () => void; onDeleted: () => void }) {
  return (
    <ConfirmDeed
      title={t.deleteRoleTitle(role.name)}
      verb={t.delete}
      run={() => api.call(deleteRole, { params: { id: role.id } })}
      stale={[accessKey]}
      onDone={onDeleted}
      onClose={onClose}
    >
      <p>{t.deleteRoleText}</p>
    </ConfirmDeed>
  );
}
