import type { SubjectView } from '@quarterdeck/contracts';
import { createGrant } from '@quarterdeck/contracts/access';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t } from './access.messages.ts';
import { accessKey, type DraftGrant, rolesQuery, subjectOf } from './access.queries.ts';
import { GrantPreview } from './grant-preview.tsx';
import { PlacePicker, scopeOf, wholeFleet } from './place-picker.tsx';
import { nameOf } from './subject-name.tsx';
import { SubjectPicker } from './subject-picker.tsx';

const lives = [1, 7, 30, 90, 365];
const dayMs = 86_400_000;

/** Gives a role to somebody at a place, and says before what that gives. */
export function GrantDialog(props: { project?: { id: string; name: string }; onClose: () => void }) {
  const { project, onClose } = props;
  const queries = useQueryClient();
  const [subject, setSubject] = useState<SubjectView | undefined>();
  const [roleId, setRoleId] = useState('');
  const [place, setPlace] = useState(
    project === undefined ? wholeFleet : { ...wholeFleet, kind: 'project' as const, project: project.id },
  );
  const [days, setDays] = useState(0);
  const roles = useQuery(rolesQuery).data?.items ?? [];
  const fitting = roles.filter((role) => role.scopes.includes(place.kind));
  const role = fitting.find(({ id }) => id === roleId);
  const scope = scopeOf(place);
  const draft: DraftGrant | undefined =
    subject === undefined || role === undefined || scope === undefined
      ? undefined
      : { subject, roleId: role.id, scope };
  const create = useMutation({
    mutationFn: ({ subject: to, ...rest }: DraftGrant) =>
      api.call(createGrant, {
        body: {
          ...rest,
          subject: subjectOf(to) as never,
          ...(days === 0 ? {} : { expiresAt: new Date(Date.now() + days * dayMs).toISOString() }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accessKey });
      onClose();
    },
  });
  const problem = create.isError ? problemOf(create.error) : undefined;
  const errorAt = errorsOf(problem);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (draft !== undefined) create.mutate(draft);
  }
  return (
    <Dialog title={t.grantRole} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <SubjectPicker value={subject} onChange={setSubject} error={errorAt('/subject')} />
        <PlacePicker
          value={place}
          onChange={setPlace}
          error={errorAt('/scope')}
          {...(project === undefined ? {} : { project })}
        />
        <div className="row align-start">
          <Field label={t.role} help={role?.description} error={errorAt('/roleId')}>
            {(common) => (
              <select {...common} value={role?.id ?? ''} onChange={(event) => setRoleId(event.target.value)}>
                <option value="" disabled>
                  …
                </option>
                {fitting.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t.until} error={errorAt('/expiresAt')}>
            {(common) => (
              <select {...common} value={days} onChange={(event) => setDays(Number(event.target.value))}>
                <option value={0}>{t.untilNever}</option>
                {lives.map((life) => (
                  <option key={life} value={life}>
                    {t.untilDays(life)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <GrantPreview draft={draft} />
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={draft === undefined ? t.grant : t.grantTo(role?.name ?? '', nameOf(draft.subject))}
          busy={t.granting}
          pending={create.isPending}
          ready={draft !== undefined}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
