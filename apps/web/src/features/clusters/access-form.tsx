import type { ClusterAccess } from '@quarterdeck/contracts';
import { useId } from 'react';
import { t } from './clusters.messages.ts';

export type AccessDraft = {
  way: 'kubeconfig' | 'token';
  kubeconfig: string;
  context: string;
  server: string;
  caPem: string;
  token: string;
};

export const emptyDraft: AccessDraft = {
  way: 'kubeconfig',
  kubeconfig: '',
  context: '',
  server: '',
  caPem: '',
  token: '',
};

export function toAccess(draft: AccessDraft): ClusterAccess {
  if (draft.way === 'kubeconfig') {
    return {
      kind: 'kubeconfig',
      kubeconfig: draft.kubeconfig,
      ...(draft.context === '' ? {} : { context: draft.context }),
    };
  }
  return {
    kind: 'token',
    server: draft.server.trim(),
    token: draft.token.trim(),
    ...(draft.caPem.trim() === '' ? {} : { caPem: draft.caPem }),
  };
}

/** How we get into a cluster: a kubeconfig pasted or uploaded, or server, CA and token. */
export function AccessForm({
  draft,
  contexts,
  onChange,
}: {
  draft: AccessDraft;
  contexts: readonly string[];
  onChange: (draft: AccessDraft) => void;
}) {
  const id = useId();
  const set = (change: Partial<AccessDraft>) => onChange({ ...draft, ...change });
  return (
    <div className="stack">
      <div className="row">
        {(['kubeconfig', 'token'] as const).map((way) => (
          <label key={way} className="row">
            <input type="radio" name={`${id}-way`} checked={draft.way === way} onChange={() => set({ way })} />
            {way === 'kubeconfig' ? t.kubeconfig : t.serverCaToken}
          </label>
        ))}
      </div>
      {draft.way === 'kubeconfig' ? (
        <>
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
          {contexts.length > 1 ? (
            <div className="field">
              <label htmlFor={`${id}-context`}>{t.context}</label>
              <select
                id={`${id}-context`}
                value={draft.context}
                onChange={(event) => set({ context: event.target.value })}
              >
                <option value="">{t.chooseContext(contexts.length)}</option>
                {contexts.map((context) => (
                  <option key={context}>{context}</option>
                ))}
              </select>
            </div>
          ) : null}
        </>
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
          <div className="field">
            <label htmlFor={`${id}-ca`}>{t.ca}</label>
            <textarea
              id={`${id}-ca`}
              rows={5}
              spellCheck={false}
              value={draft.caPem}
              onChange={(event) => set({ caPem: event.target.value })}
            />
          </div>
          <div className="field">
            <label htmlFor={`${id}-token`}>{t.token}</label>
            <textarea
              id={`${id}-token`}
              rows={3}
              spellCheck={false}
              value={draft.token}
              onChange={(event) => set({ token: event.target.value })}
            />
          </div>
        </>
      )}
    </div>
  );
}
