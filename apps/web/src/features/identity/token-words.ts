import type { Permission, Token, TokenLimitsInput } from '@quarterdeck/contracts';
import { permissions } from '@quarterdeck/contracts/permissions';
import type { Status } from '@quarterdeck/ui';
import { t } from './tokens.messages.ts';

/** The state of a token as a person says it. */
export function tokenStatus(token: Pick<Token, 'state' | 'endsInDays'>): { status: Status; word: string } {
  switch (token.state) {
    case 'active':
      return { status: 'healthy', word: t.states.active };
    case 'ending':
      return { status: 'degraded', word: t.endsIn(token.endsInDays) };
    case 'expired':
      return { status: 'unknown', word: t.states.expired };
    case 'revoked':
      return { status: 'failed', word: t.states.revoked };
  }
}

/** Limits in one line: how many permissions, and every place that narrows. */
export function limitWords(limits: TokenLimitsInput): string {
  const parts = [
    t.permissions(limits.permissions.length),
    limits.clusterIds === undefined ? '' : t.clusters(limits.clusterIds.length),
    limits.clusterSelector === undefined
      ? ''
      : Object.entries(limits.clusterSelector)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
    limits.projectIds === undefined ? '' : t.projects(limits.projectIds.length),
    limits.environmentIds === undefined ? '' : t.environments(limits.environmentIds.length),
    limits.namespaces === undefined ? '' : t.namespaces(limits.namespaces),
    limits.cidrs === undefined ? '' : t.networks(limits.cidrs),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

const looking = new Set(['read', 'query']);
const ofPeople = /^(audit|identity|access):/;

/** Sets of permissions that programs commonly need; `identity:self` lets them ask for their own token. */
export const presets: Readonly<Record<'read' | 'deploy' | 'none', readonly Permission[]>> = {
  read: permissions.filter(
    (permission) =>
      permission === 'identity:self' ||
      permission === 'workloads:logs' ||
      (looking.has(permission.split(':')[1] ?? '') && !ofPeople.test(permission)),
  ),
  deploy: permissions.filter((permission) =>
    /^(identity:self|(clusters|inventory|applications|environments|templates|releases|pipelines):read|releases:(preview|create|operate|rollback)|pipelines:deploy)$/.test(
      permission,
    ),
  ),
  none: [],
};

/** The sets by what people call them. */
export const namedPresets = {
  [t.presets.read]: presets.read,
  [t.presets.deploy]: presets.deploy,
  [t.presets.none]: presets.none,
};

/** `a b,c` as a list; nothing typed narrows nothing. */
export function wordsOf(text: string): string[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  return words.length === 0 ? undefined : words;
}

/** A command that shows whose token this is. */
export function curlExample(origin: string, token: string): string {
  return `curl ${origin}/api/v1/me/token \\\n  --header 'Authorization: Bearer ${token}'`;
}

/** A job for `.gitlab-ci.yml` that signs in by a trust rule. */
export function ciSnippet(origin: string, rule: { environment?: string | undefined }): string {
  return [
    'deploy:',
    '  stage: deploy',
    ...(rule.environment === undefined ? [] : [`  environment: ${rule.environment}`]),
    '  id_tokens:',
    '    QUARTERDECK_ID_TOKEN:',
    `      aud: ${origin}`,
    '  script:',
    '    - |',
    '      QUARTERDECK_TOKEN=$(curl --fail --silent --show-error --retry 5 --retry-all-errors \\',
    '        --header "Content-Type: application/json" \\',
    '        --header "Idempotency-Key: job-$CI_JOB_ID" \\',
    '        --data "{\\"idToken\\": \\"$QUARTERDECK_ID_TOKEN\\"}" \\',
    `        ${origin}/api/v1/auth/exchange | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    `    - 'curl --fail --header "Authorization: Bearer $QUARTERDECK_TOKEN" ${origin}/api/v1/me/token'`,
  ].join('\n');
}
