import type { Permission, Role, ScopeKind } from '@quarterdeck/contracts';
import { createRole, scopeKinds, updateRole } from '@quarterdeck/contracts/access';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { PermissionPicker } from '../../platform/permission-picker.tsx';
import { t } from './access.messages.ts';
import { accessKey } from './access.queries.ts';

/** A custom role: permissions, and where it may be granted. */
export function RoleDialog({ role, onClose }: { role: Role | undefined; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [permissions, setPermissions] = useState<readonly Permission[]>(role?.permissions ?? []);
  const [scopes, setScopes] = useState<readonly ScopeKind[]>(role?.scopes ?? ['project', 'environment']);
  const save = useMutation({
    mutationFn: () => {
      const body = { name, description, permissions: [...permissions], scopes: [...scopes] };
      return role === undefined
        ? api.call(createRole, { body })
        : api.call(updateRole, { params: { id: role.id }, body });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accessKey });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog title={role === undefined ? t.newRole : t.editRole(role.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <div className="row align-start">
          <Field label={t.roleName} error={errorAt('/name')}>
            {(common) => <input {...common} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label={`${t.description} (${t.optional})`} error={errorAt('/description')}>
            {(common) => (
              <input {...common} value={description} onChange={(event) => setDescription(event.target.value)} />
            )}
          </Field>
        </div>
        <fieldset>
          <legend>{t.grantableAt}</legend>
          <div className="row wrap">
            {scopeKinds.map((kind) => (
              <label key={kind} className="row">
                <input
                  type="checkbox"
                  checked={scopes.includes(kind)}
                  onChange={(event) =>
                    setScopes(event.target.checked ? [...scopes, kind] : scopes.filter((other) => other !== kind))
                  }
                />
                {t.scopeKinds[kind]}
              </label>
            ))}
          </div>
        </fieldset>
        <PermissionPicker
          title={t.permissions}
          value={permissions}
          onChange={setPermissions}
          error={errorAt('/permissions')}
        />
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={t.save}
          busy={t.saving}
          pending={save.isPending}
          ready={name.trim() !== '' && permissions.length !== 0 && scopes.length !== 0}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
