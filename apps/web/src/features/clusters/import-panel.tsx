import type { Candidate, OnboardingProfile } from '@quarterdeck/contracts';
import { ActionButton, type Column, DataTable, Drawer, ProblemAlert, type Status, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { t } from './clusters.messages.ts';
import { type ImportRow, isReady, type NamedRow } from './import-rows.ts';
import { Report } from './report.tsx';
import { useImport } from './use-import.ts';

/** Many contexts of one kubeconfig: a verdict for each, and one button that registers those that are ready. */
export function ImportPanel(props: {
  kubeconfig: string;
  candidates: readonly Candidate[];
  takenSlugs: readonly string[];
  labels: Record<string, string>;
  renewing: boolean;
  profile: OnboardingProfile;
  refusal: string | undefined;
}) {
  const work = useImport(props);
  const [opened, setOpened] = useState<string>();
  const panel = useRef<HTMLElement>(null);
  // Below a long form it would come unseen.
  useEffect(() => panel.current?.scrollIntoView({ block: 'nearest' }), []);
  const open = work.rows.find((row) => row.candidate.context === opened);
  const chosen = work.rows.filter((row) => row.chosen && row.step !== 'registered');
  const ready = work.rows.filter(isReady);
  const registered = work.rows.filter(({ step }) => step === 'registered').length;
  const tried = work.rows.filter(({ step, problem }) => step !== 'idle' || problem !== undefined).length;
  const columns: Column<NamedRow>[] = [
    { key: 'context', title: t.context, cell: ({ candidate }) => <strong>{candidate.context}</strong> },
    { key: 'server', title: t.server, cell: ({ candidate }) => <code>{candidate.server ?? ''}</code> },
    {
      key: 'slug',
      title: t.shortName,
      cell: (row) =>
        row.step === 'registered' ? (
          <Link to="/clusters/$cluster" params={{ cluster: row.slug }}>
            {row.slug}
          </Link>
        ) : row.candidate.refusal === undefined ? (
          <input
            aria-label={t.shortNameOf(row.candidate.context)}
            value={row.slug}
            disabled={row.step === 'registering'}
            onChange={(event) => work.rename(row.candidate.context, event.target.value)}
          />
        ) : null,
    },
    {
      key: 'verdict',
      title: t.verdict,
      wrap: true,
      cell: (row) => {
        const { status, words } = verdictOf(row);
        return <StatusDot status={status}>{words}</StatusDot>;
      },
    },
    {
      key: 'report',
      title: t.report,
      cell: (row) =>
        row.report === undefined && row.problem === undefined && row.candidate.refusal === undefined ? null : (
          <button type="button" className="button small" onClick={() => setOpened(row.candidate.context)}>
            {t.show}
          </button>
        ),
    },
  ];
  return (
    <section ref={panel} className="panel stack" aria-live="polite">
      <h2>{t.contextsInFile(work.rows.length)}</h2>
      <p className="muted">{t.contextsHelp}</p>
      <DataTable
        label={t.contexts}
        columns={columns}
        rows={work.rows}
        rowId={(row) => row.candidate.context}
        ticked={{
          ids: new Set(work.rows.filter((row) => row.chosen).map((row) => row.candidate.context)),
          nameOf: (row) => row.candidate.context,
          onChange: (ids) => {
            for (const { candidate, chosen: before } of work.rows) {
              const after = ids.has(candidate.context) && candidate.refusal === undefined;
              if (after !== before) work.choose(candidate.context, after);
            }
          },
        }}
      />
      <div className="row wrap">
        <ActionButton
          kind={ready.length === 0 ? 'primary' : undefined}
          reason={chosen.length === 0 ? t.chooseSome : undefined}
          pending={work.isBusy}
          onClick={() => void work.verifyChosen()}
        >
          {t.verifyMany(chosen.length)}
        </ActionButton>
        <ActionButton
          kind={ready.length === 0 ? undefined : 'primary'}
          reason={ready.length === 0 ? t.noneReady : props.refusal}
          pending={work.isBusy}
          onClick={() => void work.registerReady()}
        >
          {t.registerMany(ready.length)}
        </ActionButton>
        <span className="muted">{t.importProgress(tried, registered, work.rows.length)}</span>
      </div>
      {open === undefined ? null : (
        <Drawer title={t.contextNamed(open.candidate.context)} onClose={() => setOpened(undefined)}>
          {open.problem === undefined ? null : <ProblemAlert problem={open.problem} />}
          {open.report === undefined ? null : <Report report={{ ...open.report, candidates: [open.candidate] }} />}
          {open.report === undefined && open.candidate.refusal !== undefined ? (
            <div className="stack">
              <p>{open.candidate.refusal.detail}</p>
              <p>
                <code>{open.candidate.refusal.pointer}</code>
              </p>
              {open.candidate.refusal.remedy === undefined ? null : <p>{open.candidate.refusal.remedy}</p>}
            </div>
          ) : null}
        </Drawer>
      )}
    </section>
  );
}

function verdictOf(row: ImportRow): { status: Status; words: string } {
  if (row.step === 'registered') return { status: 'healthy', words: t.registered };
  if (row.step === 'registering') return { status: 'updating', words: t.registering };
  if (row.step === 'verifying') return { status: 'updating', words: t.verifying };
  if (row.problem !== undefined) return { status: 'failed', words: row.problem.detail };
  if (row.candidate.refusal !== undefined) return { status: 'failed', words: row.candidate.refusal.detail };
  if (row.report === undefined) return { status: 'unknown', words: t.notTried };
  const block = row.report.checks.find(({ level }) => level === 'block');
  if (block !== undefined) return { status: 'failed', words: block.detail };
  const warnings = row.report.checks.filter(({ level }) => level === 'warn').length;
  return warnings === 0
    ? { status: 'healthy', words: t.verdictOk }
    : { status: 'degraded', words: t.verdictWarn(warnings) };
}
