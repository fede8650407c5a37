import type { Tokens } from '../access/tokens.ts';
import { configData } from '../objects/config-data.ts';
import { containerStatusOf } from '../objects/pod-containers.ts';
import { quantity } from '../objects/quantity.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { createFileTree, type FileTree } from '../shell/file-tree.ts';
import type { Container } from '../shell/process.ts';
import { programNames } from '../shell/start-program.ts';
import { answerOfPod } from './pod-http.ts';

/** A container to run commands in. */
export type Opened = { container: Container; env: Map<string, string>; folder: string };

/** The insides of the containers that somebody looked into; they go with their pods. */
export interface Containers {
  open(pod: KubeObject, spec: Json): Opened;
  close(): void;
}

export type ContainersDeps = { store: ObjectStore; tokens: Tokens; caPem: string; now: () => Date };

export function createContainers(deps: ContainersDeps): Containers {
  const { store } = deps;
  /** By the pod's uid, then by container and how often it was started: a new start has the image's files again. */
  const kept = new Map<string, Map<string, FileTree>>();
  const unlisten = store.listen(({ type, kind, object }) => {
    if (type === 'DELETED' && kind === known.pods) kept.delete(object.metadata.uid);
  });

  function filesOf(pod: KubeObject, spec: Json): FileTree {
    const { uid } = pod.metadata;
    const name = textOf(spec.name);
    const key = `${name}/${restartsOf(pod, name)}`;
    const found = kept.get(uid)?.get(key);
    if (found !== undefined) return found;
    const made = imageOf(deps, pod, spec);
    const others = [...(kept.get(uid) ?? [])].filter(([each]) => !each.startsWith(`${name}/`));
    kept.set(uid, new Map([...others, [key, made]]));
    return made;
  }

  return {
    open(pod, spec) {
      const name = textOf(spec.name);
      const status = containerStatusOf(pod, name);
      const started = Date.parse(textOf(at(status, 'state', 'running', 'startedAt')));
      const files = filesOf(pod, spec);
      const command = [spec.command, spec.args].flat().filter((each) => typeof each === 'string');
      return {
        env: environmentOf(deps, pod, spec),
        folder: workingFolderOf(spec),
        container: {
          name,
          podName: pod.metadata.name,
          namespace: pod.metadata.namespace ?? '',
          podIp: textOf(at(pod, 'status', 'podIP')),
          node: textOf(at(pod, 'spec', 'nodeName')),
          image: textOf(spec.image),
          command: command.length === 0 ? `/app/${programOf(spec)}` : command.join(' '),
          startedAtMs: Number.isNaN(started) ? deps.now().getTime() : started,
          cpuCores: quantity(at(spec, 'resources', 'limits', 'cpu')) || 4,
          memoryBytes: quantity(at(spec, 'resources', 'limits', 'memory')) || 2 ** 30,
          now: () => deps.now().getTime(),
          files,
          ask: (port, path) => answerOfPod(pod, port, path),
        },
      };
    },
    close() {
      unlisten();
      kept.clear();
    },
  };
}

function restartsOf(pod: KubeObject, name: string): number {
  return Number(containerStatusOf(pod, name)?.restartCount ?? 0);
}

function workingFolderOf(spec: Json): string {
  return textOf(spec.workingDir) || '/app';
}

/** `web` of `registry.example.com/team/web:1.2`. */
function programOf(spec: Json): string {
  return /([^/:@]+)(?:[:@][^/]*)?$/.exec(textOf(spec.image))?.[1] ?? 'app';
}

function environmentOf({ store }: ContainersDeps, pod: KubeObject, spec: Json): Map<string, string> {
  const { namespace = '', name } = pod.metadata;
  const env = new Map([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', name],
    ['HOME', '/root'],
    ['KUBERNETES_SERVICE_HOST', '10.96.0.1'],
    ['KUBERNETES_SERVICE_PORT', '443'],
  ]);
  for (const { prefix, configMapRef, secretRef } of listOf(spec.envFrom))
    for (const [key, value] of configData(store, namespace, { configMapRef, secretRef }))
      env.set(`${textOf(prefix)}${key}`, value.toString('utf8'));
  for (const { name: variable, value, valueFrom } of listOf(spec.env)) {
    const { configMapKeyRef, secretKeyRef, fieldRef } = objectOf(valueFrom);
    const path = textOf(at(fieldRef, 'fieldPath'));
    const key = textOf(at(configMapKeyRef ?? secretKeyRef, 'key'));
    const referred = configData(store, namespace, { configMapRef: configMapKeyRef, secretRef: secretKeyRef });
    const found =
      valueFrom === undefined ? value : path !== '' ? at(pod, ...path.split('.')) : referred.get(key)?.toString('utf8');
    if (typeof found === 'string') env.set(textOf(variable), found);
  }
  return env;
}

/** What a small image has, and what the cluster mounts into it. */
function imageOf(deps: ContainersDeps, pod: KubeObject, spec: Json): FileTree {
  const files = createFileTree(() => deps.now().getTime());
  const { name, namespace = '' } = pod.metadata;
  const ip = textOf(at(pod, 'status', 'podIP'));
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'root', 'tmp', 'usr/bin', 'usr/local/bin', 'var/log', 'app'])
    files.makeFolder(`/${folder}`);
  files.makeFolder(workingFolderOf(spec));
  for (const program of programNames) files.write(`/bin/${program}`, Buffer.alloc(0), { mode: 0o755 });
  files.write(`/app/${programOf(spec)}`, Buffer.alloc(0), { mode: 0o755 });
  files.write('/app/VERSION', Buffer.from(`${textOf(spec.image).split(':').at(-1)}\n`));
  const put = (path: string, text: string) => files.write(path, Buffer.from(text));
  put('/etc/hostname', `${name}\n`);
  put('/etc/hosts', `127.0.0.1\tlocalhost\n${ip}\t${name}\n`);
  put('/etc/os-release', 'NAME="Simulated Linux"\nID=simulated\nPRETTY_NAME="Simulated Linux"\n');
  put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  const domains = [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'];
  put('/etc/resolv.conf', `nameserver 10.96.0.10\nsearch ${domains.join(' ')}\noptions ndots:5\n`);
  mountAccount(deps, files, pod);
  const volumes = new Map(listOf(at(pod, 'spec', 'volumes')).map((volume) => [volume.name, volume]));
  for (const { name: of, mountPath, subPath } of listOf(spec.volumeMounts)) {
    const { configMap, secret } = objectOf(volumes.get(of));
    const path = textOf(mountPath);
    if (subPath === undefined) files.makeFolder(path);
    const refs = { configMapRef: configMap, secretRef: secret && { name: at(secret, 'secretName') } };
    for (const [key, bytes] of configData(deps.store, namespace, refs))
      if (subPath === undefined) files.mount(`${path}/${key}`, bytes);
      else if (key === subPath) files.mount(path, bytes);
  }
  return files;
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

function mountAccount({ store, tokens, caPem }: ContainersDeps, files: FileTree, pod: KubeObject): void {
  const { namespace = '' } = pod.metadata;
  const account = store.get(known.serviceAccounts, namespace, textOf(at(pod, 'spec', 'serviceAccountName')));
  if (account === undefined || at(pod, 'spec', 'automountServiceAccountToken') === false) return;
  files.mount(`${accountFolder}/namespace`, Buffer.from(namespace));
  files.mount(`${accountFolder}/ca.crt`, Buffer.from(caPem));
  files.mount(`${accountFolder}/token`, Buffer.from(tokens.issue(account, 3607).token));
}
