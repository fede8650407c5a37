import { X509Certificate } from 'node:crypto';
import type { TrustRule, TrustRuleInput } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { AccountPlace, AccountPorts } from './account-ports.ts';
import { requireHeld } from './held-permissions.ts';
import type { OwnerGuard } from './owner-guard.ts';
import { withinPlace } from './service-accounts.service.ts';
import { limitChanges, toLimits } from './token-limits.ts';
import type { TrustRuleRow, TrustRulesStore } from './trust-rules.store.ts';

const permission = 'identity:configure';

export type TrustRules = ReturnType<typeof createTrustRules>;

/** Which jobs of a CI system are trusted as which service account. */
export function createTrustRules(deps: {
  store: TrustRulesStore;
  /** Where a service account belongs. @throws AppError `not_found` */
  placeOfAccount: (id: string) => Promise<AccountPlace>;
  owners: OwnerGuard;
  ports: AccountPorts;
  cursors: Cursors;
}) {
  const { store, owners, ports, cursors } = deps;

  async function save(tx: Transaction, id: string, input: TrustRuleInput): Promise<TrustRuleRow> {
    const outcome = await store.save(tx, toUuid(id), input);
    if (outcome === 'name_taken') {
      const detail = `There is a trust rule ${input.name} already. Take another name.`;
      throw conflict('trust_rule_exists', detail, [{ pointer: '/name', code: 'trust_rule_exists', detail }]);
    }
    if (outcome === 'unknown_service_account') throw unknownAccount();
    const row = await store.findById(tx, toUuid(id));
    if (row === undefined) throw notFound('This trust rule');
    return row;
  }

  async function checked(input: TrustRuleInput): Promise<{ rule: TrustRuleInput; place: AccountPlace }> {
    refuseBadAuthority(input.caPem);
    const place = await deps.placeOfAccount(input.serviceAccountId).catch((error: unknown) => {
      throw error instanceof AppError && error.status === 404 ? unknownAccount() : error;
    });
    return { rule: withinPlace(input, place), place };
  }

  return {
    async list(query: {
      limit: number;
      cursor?: string | undefined;
      q?: string | undefined;
      serviceAccountId?: readonly string[] | undefined;
    }) {
      const filter = { q: query.q, serviceAccountIds: query.serviceAccountId };
      const scope = ['trust-rules', filter];
      const position = query.cursor === undefined ? undefined : cursors.verify<{ name: string }>(scope, query.cursor);
      const [rows, total] = await Promise.all([
        store.page(filter, position?.name, query.limit + 1),
        store.count(filter),
      ]);
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return {
        items: items.map(toTrustRule),
        ...(rows.length > query.limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { name: last.name }) }
          : {}),
        total,
        totalIsExact: true,
      };
    },

    async create(actor: Actor, input: TrustRuleInput): Promise<TrustRule> {
      const { rule, place } = await checked(input);
      return ports.mutate({ actor, permission, target: 'fleet' }, async (tx) => {
        await requireHeld(ports, tx, actor, rule.permissions, place);
        await owners.program(tx, actor.principal, toUuid(rule.serviceAccountId));
        const row = await save(tx, newId('tru'), rule);
        return { value: toTrustRule(row), audit: [ruleEntry(row, undefined)] };
      });
    },

    async replace(actor: Actor, id: string, input: TrustRuleInput): Promise<TrustRule> {
      const { rule, place } = await checked(input);
      return ports.mutate({ actor, permission, target: 'fleet' }, async (tx) => {
        const before = await store.findById(tx, toUuid(id));
        if (before === undefined) throw notFound('This trust rule');
        await requireHeld(ports, tx, actor, rule.permissions, place);
        for (const account of [before.service_account_id, toUuid(rule.serviceAccountId)]) {
          await owners.program(tx, actor.principal, account);
        }
        const row = await save(tx, id, rule);
        await store.revokeExchanged(tx, row.id);
        await ports.raiseEpoch(tx);
        return { value: toTrustRule(row), audit: [ruleEntry(row, before)] };
      });
    },

    async remove(actor: Actor, id: string): Promise<void> {
      await ports.mutate({ actor, permission, target: 'fleet' }, async (tx) => {
        const row = await store.findById(tx, toUuid(id));
        if (row === undefined) throw notFound('This trust rule');
        await owners.program(tx, actor.principal, row.service_account_id);
        await store.remove(tx, row.id);
        await ports.raiseEpoch(tx);
        return {
          value: undefined,
          audit: [{ action: permission, target: ruleTarget(row), changes: [{ path: 'deleted', after: true }] }],
        };
      });
    },

    sweep: () => store.sweep(),
  };
}

function unknownAccount() {
  return invalid('unknown_service_account', 'There is no such service account.', '/serviceAccountId');
}

function refuseBadAuthority(caPem: string | undefined): void {
  if (caPem === undefined) return;
  try {
    new X509Certificate(caPem);
  } catch (error) {
    throw invalid('ca_invalid', 'This is not a certificate in PEM form.', '/caPem', { cause: error });
  }
}

function ruleTarget(row: TrustRuleRow): AuditEntry['target'] {
  return { kind: 'trust-rule', id: fromUuid('tru', row.id), name: row.name };
}

function ruleEntry(row: TrustRuleRow, before: TrustRuleRow | undefined): AuditEntry {
  const facts = (rule: TrustRuleRow | undefined): Record<string, unknown> =>
    rule === undefined
      ? {}
      : {
          issuer: rule.issuer,
          gitlabProjectId: Number(rule.gitlab_project_id),
          refType: rule.ref_type,
          ref: rule.ref,
          environment: rule.environment ?? undefined,
          allowMergeRequests: rule.allow_merge_requests,
          serviceAccountId: fromUuid('sva', rule.service_account_id),
          lifeMinutes: rule.life_minutes,
          enabled: rule.enabled,
        };
  const [was, is] = [facts(before), facts(row)];
  return {
    action: permission,
    target: ruleTarget(row),
    changes: [
      ...Object.entries(is)
        .filter(([path, after]) => after !== was[path])
        .map(([path, after]) => ({ path, before: was[path], after })),
      ...limitChanges({ ...row, cidrs: null }),
    ],
  };
}

export function toTrustRule(row: TrustRuleRow): TrustRule {
  const { cidrs: _, ...limits } = toLimits({ ...row, cidrs: null });
  return {
    id: fromUuid('tru', row.id),
    name: row.name,
    issuer: row.issuer,
    ...(row.ca_pem === null ? {} : { caPem: row.ca_pem }),
    gitlabProjectId: Number(row.gitlab_project_id),
    refType: row.ref_type,
    ref: row.ref,
    ...(row.environment === null ? {} : { environment: row.environment }),
    allowMergeRequests: row.allow_merge_requests,
    serviceAccountId: fromUuid('sva', row.service_account_id),
    serviceAccountName: row.service_account_name,
    ...limits,
    lifeMinutes: row.life_minutes,
    enabled: row.enabled,
    createdAt: row.created_at.toISOString(),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
  };
}
