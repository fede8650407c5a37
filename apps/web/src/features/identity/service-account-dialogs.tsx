import type { ServiceAccount } from '@quarterdeck/contracts';
import { createServiceAccount, deleteServiceAccount, updateServiceAccount } from '@quarterdeck/contracts/tokens';
import { ConfirmDanger, Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { TextField } from './text-field.tsx';
import { t } from './tokens.messages.ts';
import { accountsKey, projectsQuery, rulesKey, tokensKey } from './tokens.queries.ts';

function useChange<I>(change: (input: I) => Promise<unknown>, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await Promise.all([accountsKey, tokensKey, rulesKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
      onDone();
    },
  });
}

/** Makes a service account, or renames and describes one. */
export function ServiceAccountDialog({ account, onClose }: { account?: ServiceAccount; onClose: () => void }) {
  const projects = useQuery(projectsQuery);
  const [name, setName] = useState(account?.name ?? '');
  const [description, setDescription] = useState(account?.description ?? '');
  const [projectId, setProjectId] = useState('');
  const placeId = useId();
  const save = useChange(
    () =>
      account === undefined
        ? api.call(createServiceAccount, {
            body: { name, description, ...(projectId === '' ? {} : { projectId }) },
          })
        : api.call(updateServiceAccount, { params: { id: account.id }, body: { name, description } }),
    onClose,
  );
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(undefined);
  }
  return (
    <Dialog title={account === undefined ? t.newAccount : t.editAccount(account.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label={t.accountName}
          value={name}
          onChange={setName}
          help={t.accountNameHelp}
          error={errorAt('/name')}
        />
        <TextField
          label={t.description}
          value={description}
          onChange={setDescription}
          error={errorAt('/description')}
        />
        {account !== undefined ? null : (
          <div className="field">
            <label htmlFor={placeId}>{t.belongsTo}</label>
            <select id={placeId} value={projectId} onChange={(event) => setProjectId(event.target.value)}>
              <option value="">{t.fleet}</option>
              {(projects.data?.items ?? []).map((project) => (
                <option key={project.id} value={project.id}>
                  {project.displayName}
                </option>
              ))}
            </select>
            <span className="help">{t.placeHelp}</span>
          </div>
        )}
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.save} busy={t.saving} pending={save.isPending} ready={name !== ''} onClose={onClose} />
      </form>
    </Dialog>
  );
}

/** Enabling is harmless and happens at once; disabling asks. */
export function DisableAccount({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const set = useChange(
    (disabled: boolean) => api.call(updateServiceAccount, { params: { id: account.id }, body: { disabled } }),
    onClose,
  );
  const { mutate } = set;
  const enables = account.disabled;
  useEffect(() => {
    if (enables) mutate(false);
  }, [enables, mutate]);
  const error = set.isError ? <ProblemAlert problem={problemOf(set.error)} /> : null;
  if (enables) return error;
  return (
    <ConfirmDanger
      title={t.disableTitle(account.name)}
      verb={t.disable}
      level="L2"
      pending={set.isPending}
      error={error}
      onConfirm={() => mutate(true)}
      onClose={onClose}
    >
      <p>{t.disableText}</p>
    </ConfirmDanger>
  );
}

export function DeleteAccount(props: { account: ServiceAccount; onClose: () => void; onDeleted: () => void }) {
  const { account } = props;
  const remove = useChange(
    () => api.call(deleteServiceAccount, { params: { id: account.id } }),
    () => {
      props.onClose();
      props.onDeleted();
    },
  );
  return (
    <ConfirmDanger
      title={t.deleteTitle(account.name)}
      verb={t.delete}
      level="L2"
      expectText={account.name}
      pending={remove.isPending}
      error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : null}
      onConfirm={() => remove.mutate(undefined)}
      onClose={props.onClose}
    >
      <p>{t.deleteText(account.activeTokens)}</p>
    </ConfirmDanger>
  );
}
