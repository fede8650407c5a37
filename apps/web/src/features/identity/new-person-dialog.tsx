import { createUser } from '@quarterdeck/contracts/identity';
import { Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { LinkShown } from './link-shown.tsx';
import { t } from './people.messages.ts';
import { peopleKey } from './people.queries.ts';
import { TextField } from './text-field.tsx';

/** A local account; its link is shown once. */
export function NewPersonDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [form, setForm] = useState({ name: '', displayName: '', email: '' });
  const set = (field: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  const create = useMutation({
    mutationFn: () => {
      const { email, ...rest } = form;
      return api.call(createUser, { body: { ...rest, ...(email.trim() === '' ? {} : { email: email.trim() }) } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: peopleKey }),
  });
  if (create.isSuccess) {
    return <LinkShown name={create.data.account.displayName} link={create.data.link} onClose={onClose} />;
  }
  const problem = create.isError ? problemOf(create.error) : undefined;
  const at = errorsOf(problem);
  return (
    <Dialog title={t.newPerson} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextField
          label={t.account}
          value={form.name}
          onChange={set('name')}
          help={t.accountHelp}
          error={at('/name')}
          autoComplete="off"
        />
        <TextField
          label={t.displayName}
          value={form.displayName}
          onChange={set('displayName')}
          error={at('/displayName')}
          autoComplete="off"
        />
        <TextField
          label={t.emailOptional}
          type="email"
          value={form.email}
          onChange={set('email')}
          error={at('/email')}
          autoComplete="off"
        />
        {problem === undefined || problem.errors !== undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.create} busy={t.creating} pending={create.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}
