import type { UpgradePreview } from '@quarterdeck/contracts';
import { createUpgrades, previewUpgrades } from '@quarterdeck/contracts/release-upgrades';
import { getTemplate, listTemplates } from '@quarterdeck/contracts/templates';
import {
  ActionButton,
  ConfirmDanger,
  EmptyState,
  PageHeader,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { templateCrumbs } from '../../platform/template-crumbs.tsx';
import { t } from './upgrade.messages.ts';
import { UpgradeChanges } from './upgrade-changes.tsx';
import { UpgradeItems } from './upgrade-items.tsx';
import { type Outcome, placeKey } from './upgrade-place.ts';

type Item = UpgradePreview['items'][number];

/** A new version of a template for everybody who follows an older one: looked at together, chosen, released. */
export function UpgradePage() {
  const { name = '' } = useParams({ strict: false });
  const { version } = useSearch({ strict: false }) as { version?: string };
  const query = useQuery({
    queryKey: ['releases', 'upgrade', name, version],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(listTemplates, {}, { signal });
      const found = items.find((template) => template.name === name);
      const template =
        found === undefined ? undefined : await api.call(getTemplate, { params: { id: found.id } }, { signal });
      const to = template?.items.find((one) => one.version === (version ?? template.latestVersion));
      return to === undefined
        ? null
        : { id: to.id, preview: await api.call(previewUpgrades, { params: { id: to.id } }, { signal }) };
    },
    staleTime: 30_000,
  });
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null) return <EmptyState page title={t.noVersion} action={<ToTemplate name={name} />} />;
  return <Upgrade id={query.data.id} preview={query.data.preview} />;
}

function ToTemplate({ name }: { name: string }) {
  return (
    <Link to="/templates/$name" params={{ name }} className="button">
      {t.toTemplate}
    </Link>
  );
}

function Upgrade({ id, preview }: { id: string; preview: UpgradePreview }) {
  const queries = useQueryClient();
  const refusal = useRefusal('releases:create');
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isAsking, setAsking] = useState(false);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: (items: readonly Item[]) =>
      api.call(
        createUpgrades,
        {
          params: { id: id as never },
          body: {
            items: items.map(({ applicationId, environmentId, contentSha256 = '' }) => ({
              applicationId,
              environmentId,
              contentSha256,
            })),
          },
        },
        { idempotencyKey: key },
      ),
    onSuccess: async () => {
      setAsking(false);
      setKey(crypto.randomUUID());
      await queries.invalidateQueries({ queryKey: ['templates'] });
      await queries.invalidateQueries({ queryKey: ['applications'] });
    },
  });
  const outcomes = new Map((create.data?.items ?? []).map((outcome) => [placeKey(outcome), outcome]));
  const open = preview.items.filter((item) => item.contentSha256 !== undefined && !outcomes.has(placeKey(item)));
  const chosen = open.filter((item) => !left.has(placeKey(item)));
  return (
    <>
      <PageHeader
        crumbs={[...templateCrumbs(preview.template), t.upgrade]}
        title={t.title(preview.title, preview.version)}
        actions={
          open.length === 0 ? undefined : (
            <ActionButton
              kind="primary"
              reason={refusal ?? (chosen.length === 0 ? t.chooseFirst : undefined)}
              pending={create.isPending}
              onClick={() => setAsking(true)}
            >
              {create.isPending ? t.creating : t.create(chosen.length)}
            </ActionButton>
          )
        }
      >
        {t.hint}
      </PageHeader>
      {preview.items.length === 0 ? (
        <EmptyState title={t.nobody} action={<ToTemplate name={preview.template} />}>
          {t.nobodyHint}
        </EmptyState>
      ) : (
        <>
          {create.data === undefined ? null : <Done outcomes={create.data.items} />}
          {preview.total > preview.items.length ? (
            <p className="muted">{t.first(preview.items.length, preview.total)}</p>
          ) : null}
          <UpgradeItems
            items={preview.items}
            outcomes={outcomes}
            isChosen={(item) => !left.has(placeKey(item))}
            onChoose={(items, isChosen) =>
              setLeft((before) => {
                const next = new Set(before);
                for (const item of items) isChosen ? next.delete(placeKey(item)) : next.add(placeKey(item));
                return next;
              })
            }
          />
          <UpgradeChanges changes={preview.changes} />
        </>
      )}
      {isAsking ? (
        <ConfirmDanger
          title={t.confirmTitle(chosen.length, preview.version)}
          verb={t.create(chosen.length)}
          level="L2"
          pending={create.isPending}
          error={create.isError ? <ProblemAlert problem={problemOf(create.error)} /> : null}
          onConfirm={() => create.mutate(chosen)}
          onClose={() => setAsking(false)}
        >
          <p>{t.confirmHint(chosen.map((item) => `${item.project}/${item.application} ${item.environment}`))}</p>
          <p>
            {production(chosen) === 0 ? null : <strong>{t.confirmProduction(production(chosen))} </strong>}
            {t.confirmRules}
          </p>
        </ConfirmDanger>
      ) : null}
    </>
  );
}

function Done({ outcomes }: { outcomes: readonly Outcome[] }) {
  const refused = outcomes.filter(({ problem }) => problem !== undefined).length;
  return (
    <div className="panel" role="status">
      <StatusDot status={refused === 0 ? 'healthy' : 'degraded'}>
        {t.done(outcomes.length - refused, refused)}
      </StatusDot>
    </div>
  );
}

function production(items: readonly Item[]): number {
  return items.filter(({ tier }) => tier === 'production').length;
}
