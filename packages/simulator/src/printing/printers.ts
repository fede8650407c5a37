import type { Kind } from '../objects/kinds.ts';
import { formatQuantity, quantity } from '../objects/quantity.ts';
import { selectorText } from '../objects/selectors.ts';
import { at, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { ago, columnsOf, firstThree, named, none, number, type Printer, pairs, text, unset } from './columns.ts';
import { podPrinter } from './pod-row.ts';
import { workloadPrinters } from './workload-printers.ts';

/** By `Kind`. Kinds that are not here show when they were made. */
const printers: Readonly<Record<string, Printer>> = {
  Pod: podPrinter,
  ...workloadPrinters,
  Service: named('Name Type Cluster-IP External-IP Port(s) Age Selector+', (object, _, age) => {
    const ips = at(object, 'spec', 'clusterIPs');
    return [
      text(object, 'spec', 'type'),
      (Array.isArray(ips) && textOf(ips[0])) || none,
      externalIp(object),
      listOf(at(object, 'spec', 'ports'))
        .map(
          ({ port, nodePort, protocol }) =>
            `${String(port)}${nodePort ? `:${String(nodePort)}` : ''}/${String(protocol)}`,
        )
        .join(',') || none,
      age,
      pairs(at(object, 'spec', 'selector')),
    ];
  }),
  Ingress: named('Name Class Hosts Address Ports Age', (object, _, age) => {
    const hosts = listOf(at(object, 'spec', 'rules')).map(({ host }) => textOf(host));
    const shown = firstThree(hosts.filter((host) => host !== ''));
    return [
      text(object, 'spec', 'ingressClassName') || none,
      shown === none ? '*' : shown,
      addressesOf(object),
      listOf(at(object, 'spec', 'tls')).length > 0 ? '80, 443' : '80',
      age,
    ];
  }),
  IngressClass: named('Name Controller Parameters Age', (object, _, age) => {
    const { kind, apiGroup, name } = objectOf(at(object, 'spec', 'parameters'));
    const parameters =
      kind === undefined ? none : `${String(kind)}${apiGroup ? `.${String(apiGroup)}` : ''}/${String(name)}`;
    return [text(object, 'spec', 'controller'), parameters, age];
  }),
  NetworkPolicy: named('Name Pod-Selector Age', (object, _, age) => [
    selectorText(at(object, 'spec', 'podSelector')) || none,
    age,
  ]),
  EndpointSlice: named('Name AddressType Ports Endpoints Age', (object, _, age) => [
    text(object, 'addressType'),
    firstThree(listOf(object.ports).map(({ port, name }) => (port === undefined ? textOf(name) || '*' : String(port)))),
    firstThree(
      listOf(object.endpoints).flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses.map(String) : [])),
    ),
    age,
  ]),
  Node: named(
    'Name Status Roles Age Version Internal-IP+ External-IP+ OS-Image+ Kernel-Version+ Container-Runtime+',
    (object, _, age) => {
      const ready = listOf(at(object, 'status', 'conditions')).find(({ type }) => type === 'Ready');
      const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
      const info = (field: string) => text(object, 'status', 'nodeInfo', field);
      const address = (type: string) =>
        textOf(listOf(at(object, 'status', 'addresses')).find((each) => each.type === type)?.address) || none;
      return [
        at(object, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status,
        rolesOf(object),
        age,
        info('kubeletVersion'),
        address('InternalIP'),
        address('ExternalIP'),
        ...['osImage', 'kernelVersion', 'containerRuntimeVersion'].map((field) => info(field) || '<unknown>'),
      ];
    },
  ),
  Namespace: named('Name Status Age', (object, _, age) => [text(object, 'status', 'phase'), age]),
  ConfigMap: named('Name Data Age', (object, _, age) => [
    Object.keys({ ...objectOf(object.data), ...objectOf(object.binaryData) }).length,
    age,
  ]),
  Secret: named('Name Type Data Age', (object, _, age) => [
    text(object, 'type'),
    Object.keys(objectOf(object.data)).length,
    age,
  ]),
  ServiceAccount: named('Name Secrets Age', (object, _, age) => [listOf(object.secrets).length, age]),
  PersistentVolume: named(
    'Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age VolumeMode+',
    (object, _, age) => {
      const { namespace, name } = objectOf(at(object, 'spec', 'claimRef'));
      return [
        size(at(object, 'spec', 'capacity', 'storage')),
        modes(at(object, 'spec', 'accessModes')),
        text(object, 'spec', 'persistentVolumeReclaimPolicy'),
        text(object, 'status', 'phase'),
        name === undefined ? '' : `${String(namespace)}/${String(name)}`,
        text(object, 'spec', 'storageClassName'),
        text(object, 'spec', 'volumeAttributesClassName') || unset,
        text(object, 'status', 'reason'),
        age,
        text(object, 'spec', 'volumeMode') || unset,
      ];
    },
  ),
  PersistentVolumeClaim: named(
    'Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode+',
    (object, _, age) => {
      const volume = text(object, 'spec', 'volumeName');
      const bound = (value: string) => (volume === '' ? '' : value);
      return [
        text(object, 'status', 'phase'),
        volume,
        bound(size(at(object, 'status', 'capacity', 'storage'))),
        bound(modes(at(object, 'status', 'accessModes'))),
        text(object, 'spec', 'storageClassName'),
        text(object, 'spec', 'volumeAttributesClassName') || unset,
        age,
        text(object, 'spec', 'volumeMode') || unset,
      ];
    },
  ),
  StorageClass: named('Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age', (object, _, age) => [
    text(object, 'provisioner'),
    text(object, 'reclaimPolicy') || 'Delete',
    text(object, 'volumeBindingMode') || 'Immediate',
    object.allowVolumeExpansion === true,
    age,
  ]),
  HorizontalPodAutoscaler: named('Name Reference Targets MinPods MaxPods Replicas Age', (object, _, age) => [
    `${text(object, 'spec', 'scaleTargetRef', 'kind')}/${text(object, 'spec', 'scaleTargetRef', 'name')}`,
    targetsOf(object),
    String(at(object, 'spec', 'minReplicas') ?? unset),
    number(object, 'spec', 'maxReplicas'),
    number(object, 'status', 'currentReplicas'),
    age,
  ]),
  PodDisruptionBudget: named('Name Min_Available Max_Unavailable Allowed_Disruptions:integer Age', (object, _, age) => [
    String(at(object, 'spec', 'minAvailable') ?? 'N/A'),
    String(at(object, 'spec', 'maxUnavailable') ?? 'N/A'),
    number(object, 'status', 'disruptionsAllowed'),
    age,
  ]),
  ResourceQuota: named('Name Request Limit Age', (object, _, age) => {
    const hard = Object.entries(objectOf(at(object, 'status', 'hard'))).sort(([a], [b]) => (a < b ? -1 : 1));
    const used = objectOf(at(object, 'status', 'used'));
    const shown = (isLimit: boolean) =>
      hard
        .filter(([name]) => name.startsWith('limits.') === isLimit)
        .map(([name, most]) => `${name}: ${String(used[name] ?? 0)}/${String(most)}`)
        .join(', ');
    return [shown(false), shown(true), age];
  }),
  PriorityClass: named('Name Value:integer Global-Default:boolean Age PreemptionPolicy', (object, _, age) => [
    number(object, 'value'),
    object.globalDefault === true,
    age,
    text(object, 'preemptionPolicy'),
  ]),
  Lease: named('Name Holder Age', (object, _, age) => [text(object, 'spec', 'holderIdentity'), age]),
  RoleBinding: binding(),
  ClusterRoleBinding: binding(),
  Event: {
    columns: columnsOf('Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name+'),
    cells(object, nowMs) {
      const { kind, name, fieldPath } = objectOf(object.involvedObject);
      const last = object.lastTimestamp ?? object.eventTime ?? object.firstTimestamp;
      const source = [
        text(object, 'source', 'component') || textOf(object.reportingComponent),
        text(object, 'source', 'host') || textOf(object.reportingInstance),
      ];
      return [
        ago(last, nowMs),
        object.type,
        object.reason,
        `${textOf(kind).toLowerCase()}/${textOf(name)}`,
        textOf(fieldPath),
        source.filter((each) => each !== '').join(', '),
        textOf(object.message).trim(),
        ago(object.firstTimestamp ?? object.eventTime, nowMs),
        Number(object.count ?? 1),
        object.metadata.name,
      ];
    },
  },
};

const plain: Printer = {
  columns: columnsOf('Name Created_At:date'),
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

export function printerOf({ kind }: Kind): Printer {
  return printers[kind] ?? plain;
}

function binding(): Printer {
  return named('Name Role Age Users+ Groups+ ServiceAccounts+', (object, _, age) => {
    const of = (kind: string) =>
      listOf(object.subjects)
        .filter((each) => each.kind === kind)
        .map(({ namespace, name }) =>
          kind === 'ServiceAccount' ? `${textOf(namespace)}/${textOf(name)}` : textOf(name),
        )
        .join(', ');
    return [
      `${text(object, 'roleRef', 'kind')}/${text(object, 'roleRef', 'name')}`,
      age,
      ...['User', 'Group', 'ServiceAccount'].map(of),
    ];
  });
}

function addressesOf(object: KubeObject): string {
  const list = listOf(at(object, 'status', 'loadBalancer', 'ingress'));
  return [...new Set(list.map(({ ip, hostname }) => textOf(ip) || textOf(hostname)))].sort().join(',');
}

function externalIp(service: KubeObject): string {
  const given = at(service, 'spec', 'externalIPs');
  const ips = Array.isArray(given) ? given.map(String) : [];
  const type = text(service, 'spec', 'type');
  if (type === 'ExternalName') return text(service, 'spec', 'externalName');
  const own = type === 'LoadBalancer' ? addressesOf(service) : '';
  return [...(own === '' ? [] : [own]), ...ips].join(',') || (type === 'LoadBalancer' ? '<pending>' : none);
}

function rolesOf(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const names = Object.keys(node.metadata.labels ?? {}).filter((key) => key.startsWith(prefix) && key !== prefix);
  return names.length === 0
    ? none
    : names
        .map((key) => key.slice(prefix.length))
        .sort()
        .join(',');
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function modes(given: unknown): string {
  const list = Array.isArray(given) ? given.map(String) : [];
  return Object.entries(shortModes)
    .filter(([mode]) => list.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function size(given: unknown): string {
  return given === undefined ? '0' : typeof given === 'string' ? given : formatQuantity('memory', quantity(given));
}

function targetsOf(scaler: KubeObject): string {
  const statuses = listOf(at(scaler, 'status', 'currentMetrics'));
  const list = listOf(at(scaler, 'spec', 'metrics')).map(({ type, resource }, index) => {
    if (type !== 'Resource') return '<unknown type>';
    const target = objectOf(at(resource, 'target'));
    const current = objectOf(at(statuses[index], 'resource', 'current'));
    const percent = (value: unknown, otherwise: string) => (value === undefined ? otherwise : `${String(value)}%`);
    const is =
      target.averageValue === undefined ? percent(current.averageUtilization, '<unknown>') : current.averageValue;
    const wanted = target.averageValue ?? percent(target.averageUtilization, '<auto>');
    return `${text(resource, 'name')}: ${String(is ?? '<unknown>')}/${String(wanted)}`;
  });
  if (list.length === 0) return none;
  return `${list.slice(0, 2).join(', ')}${list.length > 2 ? ` + ${list.length - 2} more...` : ''}`;
}
