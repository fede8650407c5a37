import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';

const label = 'pod-security.kubernetes.io/enforce';

/** How a pod breaks the level that its namespace enforces, in the words of the PodSecurity plugin. */
export function podSecurityViolation(namespace: KubeObject | undefined, pod: KubeObject): string | undefined {
  const level = namespace?.metadata.labels?.[label];
  if (level !== 'baseline' && level !== 'restricted') return undefined;
  const version = namespace?.metadata.labels?.[`${label}-version`] ?? 'latest';
  const containers = [...listOf(at(pod, 'spec', 'initContainers')), ...listOf(at(pod, 'spec', 'containers'))];
  const broken = [...baseline(pod, containers), ...(level === 'restricted' ? restricted(pod, containers) : [])];
  return broken.length === 0 ? undefined : `violates PodSecurity "${level}:${version}": ${broken.join(', ')}`;
}

function baseline(pod: KubeObject, containers: readonly Json[]): string[] {
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => at(pod, 'spec', name) === true);
  const privileged = containers.filter((each) => at(each, 'securityContext', 'privileged') === true);
  const paths = listOf(at(pod, 'spec', 'volumes')).filter((volume) => volume.hostPath !== undefined);
  return [
    ...(host.length === 0 ? [] : [`host namespaces (${host.map((name) => `${name}=true`).join(', ')})`]),
    ...(privileged.length === 0
      ? []
      : [`privileged (${named(privileged)} must not set securityContext.privileged=true)`]),
    ...(paths.length === 0 ? [] : [`hostPath volumes (${listed('volume', paths)})`]),
  ];
}

function restricted(pod: KubeObject, containers: readonly Json[]): string[] {
  const podWide = at(pod, 'spec', 'securityContext');
  const without = (isFine: (context: unknown) => boolean) => containers.filter((each) => !isFine(each.securityContext));
  const escalating = without((context) => at(context, 'allowPrivilegeEscalation') === false);
  const capable = without((context) => {
    const drop = at(context, 'capabilities', 'drop');
    return Array.isArray(drop) && drop.includes('ALL');
  });
  const asRoot = without((context) => (at(context, 'runAsNonRoot') ?? at(podWide, 'runAsNonRoot')) === true);
  const unconfined = without((context) => {
    const type = textOf(at(context, 'seccompProfile', 'type') ?? at(podWide, 'seccompProfile', 'type'));
    return type === 'RuntimeDefault' || type === 'Localhost';
  });
  const rules: [readonly Json[], string][] = [
    [
      escalating,
      `allowPrivilegeEscalation != false (${named(escalating)} must set securityContext.allowPrivilegeEscalation=false)`,
    ],
    [capable, `unrestricted capabilities (${named(capable)} must set securityContext.capabilities.drop=["ALL"])`],
    [asRoot, `runAsNonRoot != true (pod or ${named(asRoot)} must set securityContext.runAsNonRoot=true)`],
    [
      unconfined,
      `seccompProfile (pod or ${named(unconfined)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    ],
  ];
  return rules.filter(([who]) => who.length > 0).map(([, words]) => words);
}

function named(containers: readonly Json[]): string {
  return listed('container', containers);
}

function listed(word: string, items: readonly Json[]): string {
  return `${word}${items.length === 1 ? '' : 's'} ${items.map(({ name }) => `"${textOf(name)}"`).join(', ')}`;
}
