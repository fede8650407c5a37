import type { Group } from '@quarterdeck/contracts';
import { createGroup, renameGroup } from '@quarterdeck/contracts/identity';
import { Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { providersQuery } from './identity.queries.ts';
import { t } from './people.messages.ts';
import { groupsKey, peopleKey } from './people.queries.ts';
import { TextField } from './text-field.tsx';

/** A new group, or another name for a local one. */
export function GroupDialog({ group, onClose }: { group?: Group; onClose: () => void }) {
  const queries = useQueryClient();
  const providers = useQuery(providersQuery).data?.providers.filter(({ kind }) => kind === 'oidc') ?? [];
  const [name, setName] = useState(group?.name ?? '');
  const [providerId, setProviderId] = useState('');
  const whereId = useId();
  const save = useMutation({
    mutationFn: () =>
      group === undefined
        ? api.call(createGroup, { body: { name, ...(providerId === '' ? {} : { providerId }) } })
        : api.call(renameGroup, { params: { id: group.id }, body: { name } }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: groupsKey });
      await queries.invalidateQueries({ queryKey: peopleKey });
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const atName = errorsOf(problem)('/name');
  return (
    <Dialog title={group === undefined ? t.newGroup : t.rename} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField label={t.groupName} value={name} onChange={setName} error={atName} autoComplete="off" />
        {group === undefined && providers.length > 0 ? (
          <div className="field">
            <label htmlFor={whereId}>{t.where}</label>
            <select id={whereId} value={providerId} onChange={(event) => setProviderId(event.target.value)}>
              <option value="">{t.here}</option>
              {providers.map((provider) => (
                <option key={provider.id} value={provider.id}>
                  {t.atProvider(provider.name)}
                </option>
              ))}
            </select>
          </div>
        ) : null}
        {problem === undefined || atName !== undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={group === undefined ? t.create : t.saveProvider}
          pending={save.isPending}
          ready={name.trim() !== ''}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
