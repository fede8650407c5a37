import { BlockList, isIPv6 } from 'node:net';
import type { TokenLimitsInput } from '@quarterdeck/contracts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { TokenLimits } from '../../platform/principal.ts';
import type { AuditChange } from '../audit/index.ts';
import type { StoredLimits } from './tokens.store.ts';

/** Limits as the columns hold them. */
export function toStoredLimits(limits: TokenLimitsInput): StoredLimits {
  return {
    permissions: [...new Set(limits.permissions)],
    cluster_ids: limits.clusterIds?.map(toUuid) ?? null,
    cluster_selector: limits.clusterSelector ?? null,
    project_ids: limits.projectIds?.map(toUuid) ?? null,
    environment_ids: limits.environmentIds?.map(toUuid) ?? null,
    namespaces: limits.namespaces ?? null,
    cidrs: limits.cidrs ?? null,
  };
}

/** Limits as the API and the permission check see them. */
export function toLimits(row: StoredLimits): TokenLimitsInput & TokenLimits {
  return {
    permissions: row.permissions,
    ...(row.cluster_ids === null ? {} : { clusterIds: row.cluster_ids.map((uuid) => fromUuid('clu', uuid)) }),
    ...(row.cluster_selector === null ? {} : { clusterSelector: row.cluster_selector }),
    ...(row.project_ids === null ? {} : { projectIds: row.project_ids.map((uuid) => fromUuid('prj', uuid)) }),
    ...(row.environment_ids === null
      ? {}
      : { environmentIds: row.environment_ids.map((uuid) => fromUuid('env', uuid)) }),
    ...(row.namespaces === null ? {} : { namespaces: row.namespaces }),
    ...(row.cidrs === null ? {} : { cidrs: row.cidrs }),
  };
}

/** Each limit as a change of an audit record. */
export function limitChanges(row: StoredLimits): AuditChange[] {
  return Object.entries(toLimits(row)).map(([path, after]) => ({ path: `limits.${path}`, after }));
}

/** True when the address is in one of the networks, or none is named. An IPv4 caller may come as `::ffff:…`. */
export function isAllowedFrom(ip: string, cidrs: readonly string[] | null): boolean {
  if (cidrs === null) return true;
  const networks = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/', 2);
    networks.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  try {
    return networks.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
  } catch {
    return false;
  }
}
