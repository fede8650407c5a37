import type { Platform } from '@quarterdeck/registry';
import { systemActor } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import type { Finding } from './finding.ts';
import type { Plan } from './plan-release.ts';
import type { ImageResolver } from './resolve-images.ts';

const reader = systemActor('releases', ['inventory:read']).principal;

/** Findings by target: nodes there that cannot run an image of a plan. */
export type ReadPlatforms = (plan: Plan) => Promise<ReadonlyMap<string, readonly Finding[]>>;

/** Compares what images run on with the labels of the nodes that each target's cluster has. */
export function createReadPlatforms(deps: { images: ImageResolver; inventory: Inventory }): ReadPlatforms {
  const { images, inventory } = deps;
  return async function readPlatforms(plan) {
    const projectId = plan.projectId;
    const bySlot = await images.platforms(projectId, plan.images);
    if (bySlot.size === 0) return new Map();
    const clusters = [...new Set(plan.targets.map(({ cluster }) => cluster.slug))];
    const { items } = await inventory.list(reader, { plural: 'nodes', clusters, sort: 'name', limit: 200 });
    return new Map(
      plan.targets.map(({ target, cluster }) => {
        const nodes = items.filter(({ clusterId }) => clusterId === cluster.id).map(({ labels }) => platformOf(labels));
        return [
          target.id,
          [...bySlot].flatMap(([slot, platforms]) => platformFinding(slot, platforms, nodes, cluster.slug)),
        ];
      }),
    );
  };
}

/** Blocks where no node can run it, warns where some cannot. Nodes that do not say what they are count as any. */
export function platformFinding(
  slot: string,
  platforms: readonly Platform[],
  nodes: readonly (Platform | undefined)[],
  cluster: string,
): Finding[] {
  if (platforms.length === 0 || nodes.length === 0) return [];
  const runs = (node: Platform | undefined) =>
    node === undefined ||
    platforms.some(({ os, architecture }) => os === node.os && architecture === node.architecture);
  const not = nodes.filter((node) => !runs(node));
  if (not.length === 0) return [];
  const has = platforms.map(wordOf).join(', ');
  const missing = [...new Set(not.flatMap((node) => (node === undefined ? [] : [wordOf(node)])))].join(', ');
  return [
    {
      level: not.length === nodes.length ? 'block' : 'warn',
      code: 'platform_missing',
      detail: `The image is built for ${has}; ${not.length} of ${nodes.length} nodes of ${cluster} are ${missing}.`,
      field: `images.${slot}`,
      remedy: `Build it for ${missing} as well, or choose nodes that it runs on.`,
    },
  ];
}

const wordOf = ({ os, architecture }: Platform) => `${os}/${architecture}`;

function platformOf(labels: Readonly<Record<string, string>>): Platform | undefined {
  const architecture = labels['kubernetes.io/arch'];
  return architecture === undefined ? undefined : { os: labels['kubernetes.io/os'] ?? 'linux', architecture };
}
