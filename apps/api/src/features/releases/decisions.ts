import type { decideTarget, FieldRule as FieldRuleView } from '@quarterdeck/contracts';
import type { z } from 'zod';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { type Actor, type Principal, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { ReleaseMachine } from './machine.ts';
import { isUnfinished } from './machine-rows.ts';
import type { FieldRule, QuestionsStore, RunQuestion } from './questions.store.ts';
import type { ObjectRecord, ReleaseRecord, RunRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesStore } from './releases.store.ts';
import { visibleEnvironments } from './visible-environments.ts';

type Input = z.output<(typeof decideTarget)['body']>;
type Decision = Input['decisions'][number];
type Answered = { question: RunQuestion; object: ObjectRecord; decision: Decision };

/** What people decide about objects that others have a hand in. */
export type Decisions = {
  /** @throws AppError 409 `nothing_to_decide` | `release_ended`; 422 with the decision that is missing or wrong */
  decide(actor: Actor, releaseId: string, targetId: string, input: Input): Promise<void>;
  /** Those of environments in which the principal may read releases. */
  rulesOf(principal: Principal, applicationId: string): Promise<FieldRuleView[]>;
  findRule(id: string): Promise<FieldRule & { applicationId: string; environmentId: string }>;
  removeRule(actor: Actor, id: string): Promise<void>;
};

export function createDecisions(deps: {
  access: Access;
  applications: Applications;
  clusters: Clusters;
  store: ReleasesStore;
  questions: QuestionsStore;
  machine: ReleaseMachine;
}): Decisions {
  const { access, applications, clusters, store, questions, machine } = deps;

  async function release(id: string): Promise<ReleaseRecord> {
    const found = await store.findById(id);
    if (found === undefined) throw notFound('This release');
    return found;
  }

  async function asked(
    of: ReleaseRecord,
    targetId: string,
  ): Promise<{ run: RunRecord; open: Omit<Answered, 'decision'>[] }> {
    if (!isUnfinished(of.state)) throw conflict('release_ended', `#${of.number} has ended: ${of.state}.`);
    const run = (await store.runsOf(of.id)).find((candidate) => candidate.targetId === targetId);
    if (run === undefined) throw notFound('This target of the release');
    const [open, objects] = await Promise.all([questions.ofRuns([run.id]), store.objectsOf(of.id, targetId)]);
    const named = open.flatMap((question) => {
      const object = objects.find(({ seq }) => seq === question.seq);
      return object === undefined ? [] : [{ question, object }];
    });
    if (run.state !== 'blocked' || named.length === 0)
      throw conflict('nothing_to_decide', 'This target waits for no decision.');
    return { run, open: named };
  }

  async function findRule(id: string) {
    const rule = await questions.findRule(id);
    if (rule === undefined) throw notFound('This decision');
    return rule;
  }

  return {
    async decide(actor, releaseId, targetId, { decisions, reason }) {
      const of = await release(releaseId);
      const { run, open } = await asked(of, targetId);
      const answers = answer(open, decisions);
      const target = targetsToCheck(await applications.record(of.applicationId), of.environmentId);
      const facts = await machine.facts(releaseId);
      await access.mutate({ actor, permission: 'releases:take-over', target }, async (tx) => {
        for (const { question, object, decision } of answers) {
          if (decision.choice === 'recreate') await questions.recreate(tx, run.id, question.seq, question.uid ?? '');
          else
            await questions.putRule(tx, {
              targetId,
              group: object.group,
              kind: object.kind,
              namespace: object.namespace,
              name: object.name,
              field: question.field,
              choice: decision.choice,
              manager: question.manager,
              decidedBy: principalName(actor.principal),
            });
        }
        await machine.answered(tx, releaseId, run.id, facts);
        return { value: undefined, audit: [audited(of, run, answers, reason)] };
      });
    },

    async rulesOf(principal, applicationId) {
      const environments = await visibleEnvironments(deps, principal, applicationId);
      const places = environments.flatMap((environment) =>
        environment.targets.map((target) => ({ environment, target })),
      );
      const [rules, records] = await Promise.all([
        questions.rulesOf(places.map(({ target }) => target.id)),
        clusters.records(),
      ]);
      return rules.flatMap((rule) => {
        const place = places.find(({ target }) => target.id === rule.targetId);
        if (place === undefined) return [];
        return {
          id: rule.id,
          targetId: rule.targetId,
          cluster: records.find(({ id }) => id === place.target.clusterId)?.slug ?? '',
          environment: place.environment.name,
          environmentId: place.environment.environmentId,
          ...refOf(rule),
          field: rule.field,
          choice: rule.choice,
          ...(rule.manager === undefined ? {} : { manager: rule.manager }),
          decidedBy: rule.decidedBy,
          createdAt: rule.createdAt.toISOString(),
        };
      });
    },

    findRule,

    async removeRule(actor, id) {
      const rule = await findRule(id);
      const application = await applications.record(rule.applicationId);
      const target = targetsToCheck(application, rule.environmentId);
      await access.mutate({ actor, permission: 'releases:take-over', target }, async (tx) => {
        await questions.removeRule(tx, id);
        return {
          value: undefined,
          audit: [
            {
              action: 'releases:take-over',
              target: {
                kind: 'field-rule',
                id,
                name: `${rule.kind} ${rule.name}`,
                project: application.projectId,
                environment: rule.environmentId,
              },
              changes: [{ path: rule.field === '' ? 'adopt' : rule.field, before: rule.choice }],
            },
          ],
        };
      });
    },
  };
}

/** Each question with the decision about it. @throws AppError 422 `decision_missing` | `decision_invalid` | `confirmation_differs` */
function answer(open: readonly Omit<Answered, 'decision'>[], decisions: readonly Decision[]): Answered[] {
  return open.map(({ question, object }) => {
    const index = decisions.findIndex(
      ({ object: ref, field }) =>
        ref.group === object.group &&
        ref.kind === object.kind &&
        (ref.namespace ?? '') === object.namespace &&
        ref.name === object.name &&
        (question.about === 'field' ? field === question.field : true),
    );
    const decision = decisions[index];
    const what = `${object.kind} ${object.name}${question.about === 'field' ? ` ${question.field}` : ''}`;
    if (decision === undefined) throw invalid('decision_missing', `Decide about ${what} as well.`, '/decisions');
    const allowed = { field: ['yield', 'take'], adopt: ['adopt'], recreate: ['recreate'] }[question.about];
    if (!allowed.includes(decision.choice))
      throw invalid(
        'decision_invalid',
        `About ${what} it can only be decided to ${allowed.join(' or ')}.`,
        `/decisions/${index}/choice`,
      );
    if (decision.choice === 'recreate' && decision.confirm !== object.name)
      throw invalid('confirmation_differs', `Type ${object.name} to confirm.`, `/decisions/${index}/confirm`);
    return { question, object, decision };
  });
}

function audited(
  of: ReleaseRecord,
  run: RunRecord,
  answers: readonly Answered[],
  reason: string | undefined,
): AuditEntry {
  return {
    action: 'releases:take-over',
    target: {
      kind: 'release',
      id: of.id,
      name: `${of.application} ${of.environment} #${of.number}`,
      cluster: run.clusterId,
      namespace: run.namespace,
      project: of.projectId,
      environment: of.environmentId,
    },
    changes: answers.map(({ question, object, decision }) => ({
      path: `${object.kind}/${object.name}${question.field}`,
      before: question.manager ?? '',
      after: decision.choice,
    })),
    ...(reason === undefined ? {} : { reason }),
  };
}

function refOf({ group, kind, namespace, name }: Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>) {
  return { group, kind, ...(namespace === '' ? {} : { namespace }), name };
}
