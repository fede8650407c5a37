import type { Permission, Token } from '@quarterdeck/contracts';
import { tokenDefaultDays } from '@quarterdeck/contracts/tokens';
import { CodeBlock, CopyButton, Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { PermissionPicker } from '../../platform/permission-picker.tsx';
import { noPlaces, PlaceFields } from './place-fields.tsx';
import { TextField } from './text-field.tsx';
import { curlExample, namedPresets, presets, wordsOf } from './token-words.ts';
import { t } from './tokens.messages.ts';
import { accountsKey, type NewToken, type TokenSource, tokensKey } from './tokens.queries.ts';

const lives = [1, 7, 30, 60, 90, 180, 365];

/** Makes a token and shows it, once. */
export function NewTokenDialog(props: { source: TokenSource; inProject?: boolean; onClose: () => void }) {
  const { source, onClose } = props;
  const queries = useQueryClient();
  const [made, setMade] = useState<{ token: Token; secret: string } | undefined>();
  const [name, setName] = useState('');
  const [days, setDays] = useState(tokenDefaultDays);
  const [permissions, setPermissions] = useState<Permission[]>([...presets.read]);
  const [places, setPlaces] = useState(noPlaces);
  const create = useMutation({
    mutationFn: async (body: NewToken) => {
      if (source.create === undefined) throw new Error('Tokens are not made here.');
      return source.create(body);
    },
    onSuccess: async (answer) => {
      setMade(answer);
      await Promise.all([
        queries.invalidateQueries({ queryKey: tokensKey }),
        queries.invalidateQueries({ queryKey: accountsKey }),
      ]);
    },
  });
  const problem = create.isError ? problemOf(create.error) : undefined;
  const errorAt = errorsOf(problem);
  const lifeId = useId();

  function submit(event: FormEvent): void {
    event.preventDefault();
    const namespaces = wordsOf(places.namespaces);
    const cidrs = wordsOf(places.cidrs);
    create.mutate({
      name,
      expiresInDays: days,
      permissions,
      ...(places.clusterIds.length === 0 ? {} : { clusterIds: [...places.clusterIds] }),
      ...(places.projectIds.length === 0 ? {} : { projectIds: [...places.projectIds] }),
      ...(namespaces === undefined ? {} : { namespaces }),
      ...(cidrs === undefined ? {} : { cidrs }),
    });
  }

  if (made !== undefined) return <NewSecret token={made.token} secret={made.secret} onClose={onClose} />;
  return (
    <Dialog title={t.newToken} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField label={t.name} value={name} onChange={setName} help={t.nameHelp} error={errorAt('/name')} />
        <div className="field">
          <label htmlFor={lifeId}>{t.life}</label>
          <select id={lifeId} value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {lives
              .filter((life) => life <= source.maxDays)
              .map((life) => (
                <option key={life} value={life}>
                  {t.lifeDays(life)}
                </option>
              ))}
          </select>
        </div>
        <PermissionPicker
          title={t.permissionsTitle}
          help={t.permissionsHelp}
          presets={namedPresets}
          value={permissions}
          onChange={setPermissions}
          error={errorAt('/permissions')}
        />
        <PlaceFields
          value={places}
          onChange={setPlaces}
          errors={errorAt}
          only={{ projects: props.inProject !== true }}
        />
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={t.create}
          busy={t.creating}
          pending={create.isPending}
          ready={name.trim() !== '' && permissions.length !== 0}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

/** Stays until it is closed by its own button: Escape would lose what cannot be shown again. */
function NewSecret({ token, secret, onClose }: { token: Token; secret: string; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog title={t.secretTitle(token.name)} onClose={() => {}}>
      <p className="notice degraded">{t.secretOnce}</p>
      <div className="field wide">
        <label htmlFor={id}>{t.secretLabel}</label>
        <textarea
          id={id}
          className="token"
          rows={2}
          readOnly
          value={secret}
          data-autofocus
          onFocus={(event) => event.target.select()}
        />
      </div>
      <div className="row">
        <CopyButton text={secret} label={t.copyToken} />
      </div>
      <h3>{t.tryIt}</h3>
      <p className="muted">{t.tryItHelp}</p>
      <CodeBlock code={curlExample(location.origin, secret)} />
      <div className="row">
        <button type="button" className="button primary" onClick={onClose}>
          {t.done}
        </button>
      </div>
    </Dialog>
  );
}
