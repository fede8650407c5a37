import type { ClusterAccess, VerificationReport } from '@quarterdeck/contracts';
import {
  type AccessRefusal,
  type ClusterEndpoint,
  type ContextVerdict,
  parseDirectAccess,
  parseKubeconfig,
} from '@quarterdeck/kubernetes';
import { AppError, invalid } from '../../platform/errors.ts';

/** What a given access comes to, before anything is dialled. */
export type AccessVerdict = {
  candidates: VerificationReport['candidates'];
  /** Chosen context of a kubeconfig, for `kubectl` lines. */
  context?: string;
  endpoint?: ClusterEndpoint;
  /** Why there is no endpoint. */
  refusal?: AppError;
};

/**
 * Judges an access. Refusals of the chosen context come back as the error to raise, so that a verification can still
 * show the other contexts.
 * @throws AppError 422 when the text is no kubeconfig or the named context is not in it
 */
export function judgeAccess(access: ClusterAccess, allowedProxies: readonly string[]): AccessVerdict {
  if (access.kind !== 'kubeconfig') {
    const verdict = parseDirectAccess(clean(access));
    return 'endpoint' in verdict
      ? { candidates: [], endpoint: verdict.endpoint }
      : { candidates: [], refusal: refuse(verdict.refusal, '/access') };
  }
  const kubeconfig = parseKubeconfig(access.kubeconfig, allowedProxies);
  if (kubeconfig.refusal !== undefined) throw refuse(kubeconfig.refusal, '/access/kubeconfig');
  const candidates = kubeconfig.contexts.map(toCandidate);
  const chosen = choose(kubeconfig.contexts, access.context);
  if (chosen instanceof AppError) return { candidates, refusal: chosen };
  return {
    candidates,
    context: chosen.context,
    ...(chosen.endpoint === undefined ? {} : { endpoint: chosen.endpoint }),
    ...(chosen.refusal === undefined ? {} : { refusal: refuse(chosen.refusal, '/access/kubeconfig') }),
  };
}

function choose(contexts: readonly ContextVerdict[], name: string | undefined): ContextVerdict | AppError {
  if (name !== undefined) {
    const named = contexts.find((each) => each.context === name);
    if (named !== undefined) return named;
    throw invalid('invalid_input', `The kubeconfig has no context ${name}.`, '/access/context');
  }
  const [first, ...others] = contexts;
  if (first !== undefined && others.length === 0) return first;
  const names = contexts.map((each) => each.context);
  return invalid(
    'kubeconfig_several_contexts',
    `The kubeconfig has ${contexts.length} contexts: say which one. ${names.slice(0, 10).join(', ')}`,
    '/access/context',
  );
}

function toCandidate(verdict: ContextVerdict): VerificationReport['candidates'][number] {
  const { context, cluster, address, refusal } = verdict;
  const { proxyUrl: _, ...shown } = address ?? {};
  return { context, cluster, ...shown, ...(refusal === undefined ? {} : { refusal }) };
}

function refuse({ code, detail, pointer, remedy }: AccessRefusal, base: string): AppError {
  return invalid(code, detail, `${base}${pointer}`, remedy === undefined ? {} : { remedy });
}

/** Leaves empty optional fields of the form out. */
function clean(access: Exclude<ClusterAccess, { kind: 'kubeconfig' }>) {
  const { caPem, tlsServerName, ...rest } = access;
  return {
    ...rest,
    ...(caPem === undefined || caPem.trim() === '' ? {} : { caPem }),
    ...(tlsServerName === undefined || tlsServerName === '' ? {} : { tlsServerName }),
  };
}
