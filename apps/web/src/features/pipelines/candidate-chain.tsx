import type { ReleaseCandidate } from '@quarterdeck/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { releasePath } from '../../platform/release-status.ts';
import { candidateStatus } from './pipeline-status.ts';
import { t } from './pipelines.messages.ts';
import { Verdict } from './verdict.tsx';

/** Commit → build → image → release: what is there, and what is missing. */
export function CandidateChain({ candidate }: { candidate: ReleaseCandidate }) {
  const digest = Object.values(candidate.images)[0]?.split('@sha256:')[1];
  return (
    <div className="stack">
      <ol className="chain">
        <Part title={t.commit} there={candidate.commit !== undefined}>
          <code>{candidate.commit?.slice(0, 12)}</code>
          {candidate.ref === undefined ? null : <span className="badge">{candidate.ref}</span>}
        </Part>
        <Part title={t.build} there={candidate.hasBuild}>
          {candidate.pipelineId === undefined ? null : t.pipeline(candidate.pipelineId)}
        </Part>
        <Part title={t.image} there={candidate.hasImage}>
          {candidate.tag === undefined ? null : <code>{candidate.tag}</code>}
          {digest === undefined ? null : <code className="muted">{digest.slice(0, 12)}</code>}
          {candidate.hasImage && candidate.state === 'released' && !candidate.confirmed ? (
            <span className="badge warn" title={t.notConfirmedWhy}>
              {t.notConfirmed}
            </span>
          ) : null}
        </Part>
        <Part title={t.release} there={candidate.releaseNumber !== undefined}>
          <ReleaseLink candidate={candidate} />
        </Part>
      </ol>
      <div>
        <Verdict shown={candidateStatus(candidate)} />
      </div>
    </div>
  );
}

export function ReleaseLink({ candidate }: { candidate: ReleaseCandidate }) {
  const { releaseNumber: number } = candidate;
  if (number === undefined) return null;
  return (
    <Link to={releasePath({ ...candidate, number })}>
      {t.releaseName(candidate.application, candidate.environment, number)}
    </Link>
  );
}

function Part(props: { title: string; there: boolean; children: ReactNode }) {
  return (
    <li className={props.there ? 'there' : 'missing'}>
      <span className="muted">{props.title}</span>
      <span className="row wrap">{props.there ? props.children : t.noPart}</span>
    </li>
  );
}
