import type { ClusterAccess } from '@quarterdeck/contracts';
import { useId } from 'react';
import { t } from './clusters.messages.ts';

export type AccessDraft = {
  way: 'kubeconfig' | 'token' | 'certificate';
  kubeconfig: string;
  context: string;
  server: string;
  caPem: string;
  token: string;
  certificatePem: string;
  keyPem: string;
};

export const emptyDraft: AccessDraft = {
  way: 'kubeconfig',
  kubeconfig: '',
  context: '',
  server: '',
  caPem: '',
  token: '',
  certificatePem: '',
  keyPem: '',
};

export function toAccess(draft: AccessDraft): ClusterAccess {
  if (draft.way === 'kubeconfig') {
    return {
      kind: 'kubeconfig',
      kubeconfig: draft.kubeconfig,
      ...(draft.context === '' ? {} : { context: draft.context }),
    };
  }
  const address = {
    server: draft.server.trim(),
    ...(draft.caPem.trim() === '' ? {} : { caPem: draft.caPem }),
  };
  return draft.way === 'token'
    ? { kind: 'token', ...address, token: draft.token.trim() }
    : { kind: 'client_certificate', ...address, certificatePem: draft.certificatePem, keyPem: draft.keyPem };
}

/** Nothing to verify yet. */
export function isEmptyDraft(draft: AccessDraft): boolean {
  if (draft.way === 'kubeconfig') return draft.kubeconfig.trim() === '';
  const proof = draft.way === 'token' ? [draft.token] : [draft.certificatePem, draft.keyPem];
  return [draft.server, ...proof].some((part) => part.trim() === '');
}

/** How we get into a cluster: a kubeconfig pasted or uploaded, or server, CA and token. */
export function AccessForm({ draft, onChange }: { draft: AccessDraft; onChange: (draft: AccessDraft) => void }) {
  const id = useId();
  const set = (change: Partial<AccessDraft>) => onChange({ ...draft, ...change });
  return (
    <div className="stack">
      <div className="row">
        {(['kubeconfig', 'token', 'certificate'] as const).map((way) => (
          <label key={way} className="row">
            <input type="radio" name={`${id}-way`} checked={draft.way === way} onChange={() => set({ way })} />
            {t.ways[way]}
          </label>
        ))}
      </div>
      {draft.way === 'kubeconfig' ? (
        <div className="field">
          <label htmlFor={`${id}-file`}>{t.kubeconfig}</label>
          <textarea
            id={`${id}-file`}
            rows={10}
            spellCheck={false}
            value={draft.kubeconfig}
            placeholder={t.kubeconfigExample}
            onChange={(event) => set({ kubeconfig: event.target.value, context: '' })}
          />
          <span className="help">{t.kubeconfigHelp}</span>
          <input
            type="file"
            aria-label={t.upload}
            onChange={(event) => {
              void event.target.files?.[0]?.text().then((kubeconfig) => set({ kubeconfig, context: '' }));
            }}
          />
        </div>
      ) : (
        <>
          <div className="field">
            <label htmlFor={`${id}-server`}>{t.apiServer}</label>
            <input
              id={`${id}-server`}
              value={draft.server}
              placeholder={t.apiServerExample}
              onChange={(event) => set({ server: event.target.value })}
            />
          </div>
          <Pasted label={t.ca} rows={5} value={draft.caPem} onChange={(caPem) => set({ caPem })} />
          {draft.way === 'token' ? (
            <Pasted label={t.token} rows={3} value={draft.token} onChange={(token) => set({ token })} />
          ) : (
            <>
              <Pasted
                label={t.certificate}
                rows={5}
                value={draft.certificatePem}
                onChange={(certificatePem) => set({ certificatePem })}
              />
              <Pasted label={t.key} rows={5} value={draft.keyPem} onChange={(keyPem) => set({ keyPem })} />
            </>
          )}
        </>
      )}
    </div>
  );
}

function Pasted(props: { label: string; rows: number; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <textarea
        id={id}
        rows={props.rows}
        spellCheck={false}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </div>
  );
}
