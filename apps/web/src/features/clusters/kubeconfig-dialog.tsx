import type { ClientOutput, KubeconfigLevel } from '@quarterdeck/contracts';
import { createKubeconfig, kubeconfigDefaultHours, kubeconfigLevels } from '@quarterdeck/contracts/clusters';
import { CodeBlock, CopyButton, Dialog, ProblemAlert, saveFile, TimeText } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t } from './clusters.messages.ts';

type Made = ClientOutput<typeof createKubeconfig>;

const hours = [1, 4, 8, 12, 24];

/** Makes a kubeconfig that leads to the cluster through us, and shows it, once. */
export function KubeconfigDialog(props: { cluster: { id: string; slug: string }; onClose: () => void }) {
  const { cluster, onClose } = props;
  const [level, setLevel] = useState<KubeconfigLevel>('read');
  const [namespaces, setNamespaces] = useState('');
  const [life, setLife] = useState(kubeconfigDefaultHours);
  const make = useMutation({
    mutationFn: () => {
      const named = namespaces.split(/[\s,]+/).filter((word) => word !== '');
      return api.call(createKubeconfig, {
        params: { id: cluster.id },
        body: { level, expiresInHours: life, ...(named.length === 0 ? {} : { namespaces: named }) },
      });
    },
  });
  const problem = make.isError ? problemOf(make.error) : undefined;
  const namespaceError = errorsOf(problem)('/namespaces');
  const id = useId();

  function submit(event: FormEvent): void {
    event.preventDefault();
    make.mutate();
  }

  if (make.data !== undefined) return <MadeKubeconfig made={make.data} onClose={onClose} />;
  return (
    <Dialog title={t.kubectlTitle(cluster.slug)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="muted">{t.kubectlHelp}</p>
        <fieldset className="stack tight">
          <legend>{t.kubectlMay}</legend>
          {kubeconfigLevels.map((each) => (
            <label key={each} className="row">
              <input type="radio" name={`${id}-level`} checked={level === each} onChange={() => setLevel(each)} />
              <span>
                {t.kubectlLevels[each].name}
                <span className="muted"> {t.kubectlLevels[each].help}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor={`${id}-namespaces`}>{t.kubectlNamespaces}</label>
          <input
            id={`${id}-namespaces`}
            value={namespaces}
            placeholder={t.kubectlNamespacesExample}
            aria-invalid={namespaceError !== undefined}
            aria-describedby={`${id}-namespaces-help`}
            onChange={(event) => setNamespaces(event.target.value)}
          />
          <span id={`${id}-namespaces-help`} className={namespaceError === undefined ? 'help' : 'error'}>
            {namespaceError ?? t.kubectlNamespacesHelp}
          </span>
        </div>
        <div className="field">
          <label htmlFor={`${id}-life`}>{t.kubectlLife}</label>
          <select id={`${id}-life`} value={life} onChange={(event) => setLife(Number(event.target.value))}>
            {hours.map((each) => (
              <option key={each} value={each}>
                {t.hours(each)}
              </option>
            ))}
          </select>
        </div>
        {problem === undefined || namespaceError !== undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.kubectlMake} busy={t.kubectlMaking} pending={make.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}

/** Stays until it is closed by its own button: Escape would lose what cannot be shown again. */
function MadeKubeconfig({ made, onClose }: { made: Made; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog title={made.fileName} onClose={() => {}}>
      <div className="notice degraded">
        <p>
          {t.kubectlOnce} <TimeText at={made.token.expiresAt} />
          {t.kubectlRevoke}
        </p>
      </div>
      <div className="field wide">
        <label htmlFor={id}>{t.kubectlFile}</label>
        <textarea
          id={id}
          className="token"
          rows={9}
          spellCheck={false}
          readOnly
          value={made.kubeconfig}
          data-autofocus
        />
      </div>
      <div className="row">
        <button
          type="button"
          className="button primary small"
          onClick={() => saveFile(made.fileName, made.kubeconfig, 'application/yaml')}
        >
          {t.download}
        </button>
        <CopyButton text={made.kubeconfig} label={t.copyKubeconfig} />
      </div>
      <h3>{t.kubectlTry}</h3>
      <CodeBlock code={t.kubectlExample(made.fileName)} />
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {t.done}
        </button>
      </div>
    </Dialog>
  );
}
