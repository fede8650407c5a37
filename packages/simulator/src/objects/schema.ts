import type { Kind } from './kinds.ts';

/** What a value may be. `any` is not looked into. */
export type Shape =
  | 'text'
  | 'int'
  | 'bool'
  | 'any'
  | { list: Shape }
  | { map: Shape }
  | { fields: Readonly<Record<string, Shape>> };

const text = 'text';
const int = 'int';
const bool = 'bool';
const any = 'any';
const texts: Shape = { list: text };
const labels: Shape = { map: text };

function fields(given: Readonly<Record<string, Shape>>): { fields: Readonly<Record<string, Shape>> } {
  return { fields: given };
}

/** Fields of one shape, by their names. */
function each(shape: Shape, names: string): Record<string, Shape> {
  return Object.fromEntries(names.split(' ').map((name) => [name, shape]));
}

const selector = fields({
  matchLabels: labels,
  matchExpressions: { list: fields({ ...each(text, 'key operator'), values: texts }) },
});

const metadata = fields({
  ...each(text, 'name generateName namespace uid resourceVersion selfLink creationTimestamp deletionTimestamp'),
  ...each(int, 'generation deletionGracePeriodSeconds'),
  labels,
  annotations: labels,
  finalizers: texts,
  ownerReferences: {
    list: fields({ ...each(text, 'apiVersion kind name uid'), ...each(bool, 'controller blockOwnerDeletion') }),
  },
  managedFields: any,
});

const handler = {
  exec: fields({ command: texts }),
  httpGet: fields({
    ...each(text, 'path host scheme'),
    port: any,
    httpHeaders: { list: fields(each(text, 'name value')) },
  }),
  tcpSocket: fields({ host: text, port: any }),
};
const probe = fields({
  ...handler,
  grpc: fields({ port: int, service: text }),
  ...each(int, 'initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold'),
  terminationGracePeriodSeconds: int,
});
const hook = fields({ ...handler, sleep: fields({ seconds: int }) });
const chosenKey = fields({ ...each(text, 'name key'), optional: bool });
const source = fields({ name: text, optional: bool });
const resources = fields({ limits: { map: any }, requests: { map: any }, claims: any });

const container = fields({
  ...each(text, 'name image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy'),
  command: texts,
  args: texts,
  ...each(bool, 'stdin stdinOnce tty'),
  ports: { list: fields({ ...each(text, 'name hostIP protocol'), ...each(int, 'containerPort hostPort') }) },
  env: {
    list: fields({
      ...each(text, 'name value'),
      valueFrom: fields({
        fieldRef: fields(each(text, 'apiVersion fieldPath')),
        resourceFieldRef: fields({ ...each(text, 'containerName resource'), divisor: any }),
        configMapKeyRef: chosenKey,
        secretKeyRef: chosenKey,
        fileKeyRef: any,
      }),
    }),
  },
  envFrom: { list: fields({ prefix: text, configMapRef: source, secretRef: source }) },
  resources,
  ...each(any, 'resizePolicy restartPolicyRules volumeDevices'),
  volumeMounts: {
    list: fields({
      ...each(text, 'name mountPath mountPropagation subPath subPathExpr recursiveReadOnly'),
      readOnly: bool,
    }),
  },
  ...each(probe, 'livenessProbe readinessProbe startupProbe'),
  lifecycle: fields({ postStart: hook, preStop: hook, stopSignal: text }),
  securityContext: any,
});

const podSpec = fields({
  volumes: { list: any },
  containers: { list: container },
  initContainers: { list: container },
  ephemeralContainers: any,
  ...each(text, 'restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain schedulerName'),
  ...each(text, 'priorityClassName preemptionPolicy runtimeClassName hostnameOverride'),
  ...each(int, 'terminationGracePeriodSeconds activeDeadlineSeconds priority'),
  ...each(bool, 'automountServiceAccountToken hostNetwork hostPID hostIPC hostUsers shareProcessNamespace'),
  ...each(bool, 'enableServiceLinks setHostnameAsFQDN'),
  nodeSelector: labels,
  imagePullSecrets: { list: fields({ name: text }) },
  tolerations: { list: fields({ ...each(text, 'key operator value effect'), tolerationSeconds: int }) },
  hostAliases: { list: fields({ ip: text, hostnames: texts }) },
  ...each(any, 'securityContext affinity dnsConfig overhead os schedulingGates resourceClaims resources'),
  readinessGates: { list: fields({ conditionType: text }) },
  topologySpreadConstraints: {
    list: fields({
      ...each(text, 'topologyKey whenUnsatisfiable nodeAffinityPolicy nodeTaintsPolicy'),
      ...each(int, 'maxSkew minDomains'),
      labelSelector: selector,
      matchLabelKeys: texts,
    }),
  },
});
const template = fields({ metadata, spec: podSpec });
const jobSpec = fields({
  ...each(int, 'parallelism completions activeDeadlineSeconds backoffLimit backoffLimitPerIndex maxFailedIndexes'),
  ...each(int, 'ttlSecondsAfterFinished'),
  ...each(text, 'completionMode podReplacementPolicy managedBy'),
  ...each(any, 'podFailurePolicy successPolicy'),
  ...each(bool, 'manualSelector suspend'),
  selector,
  template,
});
const backend = fields({
  service: fields({ name: text, port: fields({ name: text, number: int }) }),
  resource: any,
});
const rules: Shape = {
  list: fields(
    Object.fromEntries(
      'verbs apiGroups resources resourceNames nonResourceURLs'.split(' ').map((name) => [name, texts]),
    ),
  ),
};
const subjects: Shape = { list: fields(each(text, 'kind apiGroup name namespace')) };
const roleRef = fields(each(text, 'apiGroup kind name'));

const specs: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  Namespace: { spec: fields({ finalizers: texts }) },
  Pod: { spec: podSpec },
  Deployment: {
    spec: fields({
      ...each(int, 'replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds'),
      paused: bool,
      selector,
      template,
      strategy: fields({ type: text, rollingUpdate: fields(each(any, 'maxUnavailable maxSurge')) }),
    }),
  },
  ReplicaSet: { spec: fields({ ...each(int, 'replicas minReadySeconds'), selector, template }) },
  StatefulSet: {
    spec: fields({
      ...each(int, 'replicas minReadySeconds revisionHistoryLimit'),
      ...each(text, 'serviceName podManagementPolicy'),
      selector,
      template,
      volumeClaimTemplates: { list: any },
      updateStrategy: fields({ type: text, rollingUpdate: fields({ partition: int, maxUnavailable: any }) }),
      persistentVolumeClaimRetentionPolicy: fields(each(text, 'whenDeleted whenScaled')),
      ordinals: fields({ start: int }),
    }),
  },
  DaemonSet: {
    spec: fields({
      ...each(int, 'minReadySeconds revisionHistoryLimit'),
      selector,
      template,
      updateStrategy: fields({ type: text, rollingUpdate: fields(each(any, 'maxUnavailable maxSurge')) }),
    }),
  },
  Job: { spec: jobSpec },
  CronJob: {
    spec: fields({
      ...each(text, 'schedule timeZone concurrencyPolicy'),
      ...each(int, 'startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit'),
      suspend: bool,
      jobTemplate: fields({ metadata, spec: jobSpec }),
    }),
  },
  PersistentVolumeClaim: {
    spec: fields({
      ...each(text, 'volumeName storageClassName volumeMode volumeAttributesClassName'),
      accessModes: texts,
      selector,
      resources,
      ...each(any, 'dataSource dataSourceRef'),
    }),
  },
  Service: {
    spec: fields({
      ports: {
        list: fields({ ...each(text, 'name protocol appProtocol'), ...each(int, 'port nodePort'), targetPort: any }),
      },
      selector: labels,
      ...each(text, 'clusterIP type sessionAffinity loadBalancerIP externalTrafficPolicy externalName ipFamilyPolicy'),
      ...each(text, 'internalTrafficPolicy loadBalancerClass trafficDistribution'),
      clusterIPs: texts,
      externalIPs: texts,
      loadBalancerSourceRanges: texts,
      ipFamilies: texts,
      ...each(bool, 'publishNotReadyAddresses allocateLoadBalancerNodePorts'),
      healthCheckNodePort: int,
      sessionAffinityConfig: any,
    }),
  },
  ConfigMap: { data: labels, binaryData: labels, immutable: bool },
  Secret: { data: labels, stringData: labels, type: text, immutable: bool },
  ServiceAccount: { secrets: any, imagePullSecrets: any, automountServiceAccountToken: bool },
  LimitRange: { spec: fields({ limits: { list: any } }) },
  NetworkPolicy: {
    spec: fields({ podSelector: selector, policyTypes: texts, ingress: { list: any }, egress: { list: any } }),
  },
  PriorityClass: { value: int, globalDefault: bool, description: text, preemptionPolicy: text },
  StorageClass: {
    ...each(text, 'provisioner reclaimPolicy volumeBindingMode'),
    allowVolumeExpansion: bool,
    parameters: labels,
    mountOptions: texts,
    allowedTopologies: any,
  },
  ResourceQuota: { spec: fields({ hard: { map: any }, scopes: texts, scopeSelector: any }) },
  HorizontalPodAutoscaler: {
    spec: fields({
      scaleTargetRef: fields(each(text, 'apiVersion kind name')),
      ...each(int, 'minReplicas maxReplicas'),
      metrics: { list: any },
      behavior: any,
    }),
  },
  PodDisruptionBudget: {
    spec: fields({ ...each(any, 'minAvailable maxUnavailable'), selector, unhealthyPodEvictionPolicy: text }),
  },
  Ingress: {
    spec: fields({
      ingressClassName: text,
      defaultBackend: backend,
      tls: { list: fields({ hosts: texts, secretName: text }) },
      rules: {
        list: fields({
          host: text,
          http: fields({ paths: { list: fields({ ...each(text, 'path pathType'), backend }) } }),
        }),
      },
    }),
  },
  ClusterRole: { rules, aggregationRule: fields({ clusterRoleSelectors: { list: selector } }) },
  Role: { rules },
  ClusterRoleBinding: { subjects, roleRef },
  RoleBinding: { subjects, roleRef },
};

/** What an object of a kind may look like; `undefined` for kinds that only the cluster itself writes. */
export function shapeOf({ kind }: Kind): Shape | undefined {
  const own = specs[kind];
  return own === undefined ? undefined : fields({ apiVersion: text, kind: text, metadata, status: any, ...own });
}
