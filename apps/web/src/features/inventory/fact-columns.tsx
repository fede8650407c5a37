import type { InventoryObject } from '@quarterdeck/contracts';
import { AgeText, type Column } from '@quarterdeck/ui';
import type { ReactNode } from 'react';
import { t } from './inventory.messages.ts';

type Facts = InventoryObject['facts'];
type FactColumn = Column<InventoryObject>;

const gibibyte = 2 ** 30;

/** `1.5 GiB`; smaller amounts in MiB. */
export function bytesText(bytes: number): string {
  const inGib = bytes / gibibyte;
  if (inGib >= 1) return `${Number(inGib.toFixed(inGib < 10 ? 2 : 0)).toLocaleString()} GiB`;
  return `${Math.round(bytes / 2 ** 20).toLocaleString()} MiB`;
}

function column(key: string, title: string, of: (facts: Facts) => ReactNode, numeric = false): FactColumn {
  return { key, title, numeric, cell: (row) => of(row.facts) };
}

const text = (key: string, title: string) => column(key, title, (facts) => wordOf(facts[key]));
const number = (key: string, title: string) => column(key, title, (facts) => wordOf(facts[key]), true);
const bytes = (key: string, title: string) =>
  column(key, title, (facts) => (typeof facts[key] === 'number' ? bytesText(facts[key]) : ''), true);
const age = (key: string, title: string) =>
  column(key, title, (facts) => (typeof facts[key] === 'string' ? <AgeText at={facts[key]} /> : ''));
const list = (key: string, title: string) =>
  column(key, title, (facts) => <code>{listOf(facts[key]).join(', ')}</code>);
/** Of objects, one field each. */
const each = (key: string, title: string, name: (entry: Facts) => string) =>
  column(key, title, (facts) => (
    <code>
      {listOf(facts[key])
        .map((entry) => name(entry as Facts))
        .join(', ')}
    </code>
  ));
const selector = column('selector', t.selector, (facts) => <code>{pairsOf(facts.selector)}</code>);

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function pairsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, part]) => `${name}=${wordOf(part)}`)
    .join(' ');
}

const ports = each('ports', t.ports, ({ port, protocol, nodePort }) =>
  [wordOf(port), nodePort === undefined ? '' : `:${wordOf(nodePort)}`, `/${wordOf(protocol) || 'TCP'}`].join(''),
);
const routes = [
  list('hosts', t.hosts),
  each('parents', t.gateways, ({ gateway }) => wordOf(gateway)),
  list('paths', t.paths),
];

/** What lists show of kinds with facts of their own, most telling first; by plural. */
const columnsByKind: Readonly<Record<string, readonly FactColumn[]>> = {
  services: [text('type', t.type), list('clusterIps', t.clusterIp), list('external', t.external), ports, selector],
  endpointslices: [text('service', t.service), ports, list('zones', t.zones)],
  ingresses: [text('class', t.class), list('hosts', t.hosts), list('addresses', t.addresses)],
  gateways: [
    text('class', t.class),
    list('addresses', t.addresses),
    each('listeners', t.listeners, ({ protocol, port }) => `${wordOf(protocol)}:${wordOf(port)}`),
  ],
  httproutes: routes,
  grpcroutes: routes,
  tlsroutes: routes,
  tcproutes: routes,
  udproutes: routes,
  jobs: [
    number('active', t.active),
    number('failed', t.failed),
    age('startedAt', t.started),
    age('completedAt', t.ended),
  ],
  cronjobs: [text('schedule', t.schedule), age('lastScheduleAt', t.lastRun), age('lastSuccessAt', t.lastSuccess)],
  persistentvolumeclaims: [
    text('class', t.class),
    bytes('capacityBytes', t.size),
    bytes('requestedBytes', t.requested),
    text('volume', t.volume),
    list('accessModes', t.accessModes),
  ],
  persistentvolumes: [
    text('class', t.class),
    bytes('capacityBytes', t.size),
    text('claim', t.claim),
    text('reclaim', t.reclaim),
    text('driver', t.driver),
  ],
  horizontalpodautoscalers: [
    text('target', t.target),
    each(
      'metrics',
      t.metrics,
      ({ name, current, target }) => `${wordOf(name)} ${wordOf(current) || '?'} / ${wordOf(target)}`,
    ),
    age('lastScaleAt', t.lastScale),
  ],
  poddisruptionbudgets: [
    number('allowed', t.allowed),
    number('minAvailable', t.minAvailable),
    number('maxUnavailable', t.maxUnavailable),
    selector,
  ],
  resourcequotas: [column('used', t.used, (facts) => <code>{pairsOf(facts.used)}</code>)],
  priorityclasses: [number('value', t.value), text('preemption', t.preemption)],
  networkpolicies: [number('ingressRules', t.ingressRules), number('egressRules', t.egressRules), selector],
  nodes: [
    list('roles', t.roles),
    text('zone', t.zone),
    text('kubeletVersion', t.kubelet),
    each('taints', t.taints, ({ key, effect }) => `${wordOf(key)}:${wordOf(effect)}`),
    list('addresses', t.addresses),
    text('os', t.os),
    text('architecture', t.architecture),
  ],
  statefulsets: [text('strategy', t.strategy), number('updated', t.updated)],
  daemonsets: [text('strategy', t.strategy), number('updated', t.updated)],
};

/** Those shown before the reader chooses; the rest is a tick away. */
const shownAtFirst = 3;

/**
 * Columns that only a kind has: of its facts, or the ones that its definition asks kubectl to print.
 * @param printed names of printer columns, in the row's `facts.columns`
 */
export function ownColumns(plural: string, printed: readonly string[]): { all: FactColumn[]; first: string[] } {
  const own = columnsByKind[plural] ?? [];
  const printer = printed.map((name) =>
    column(`col:${name}`, name, (facts) => wordOf((facts.columns as Facts | undefined)?.[name])),
  );
  const first = [...own.slice(0, shownAtFirst), ...printer].map(({ key }) => key);
  return { all: [...own, ...printer], first: plural === 'nodes' ? ['zone', 'kubeletVersion'] : first };
}
