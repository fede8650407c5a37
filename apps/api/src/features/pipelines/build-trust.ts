import type { CandidateRow } from './candidates.store.ts';
import type { ConnectionsStore } from './connections.store.ts';
import { type GitLab, type GitLabAccess, GitLabError } from './gitlab-client.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';

/** What GitLab itself says of a build that an event told of. */
export type BuildConfirmation =
  | { outcome: 'trusted'; isProtected?: boolean }
  | { outcome: 'later'; code: string; detail: string }
  | { outcome: 'refused'; code: string; detail: string };

export type BuildTrust = ReturnType<typeof createBuildTrust>;

type Build = Pick<
  CandidateRow,
  'connection_id' | 'gitlab_project_id' | 'pipeline_id' | 'commit' | 'ref' | 'ref_type' | 'tier'
>;

/**
 * Payloads are hints: where we have a token, GitLab is asked whether the pipeline is what the event said. Production
 * takes nothing but protected branches and tags, and only by what GitLab's API says of them.
 */
export function createBuildTrust(deps: { gitlab: GitLab; connections: ConnectionsStore; secrets: PipelineSecrets }) {
  const { gitlab, connections, secrets } = deps;

  async function accessOf(connectionId: string | null): Promise<GitLabAccess | undefined> {
    const connection = connectionId === null ? undefined : await connections.findById(connectionId);
    if (connection === undefined || !connection.enabled) return undefined;
    const { token } = secrets.openConnection(connection.id, connection.sealed_secret);
    return token === undefined
      ? undefined
      : { origin: connection.address, token, caPem: connection.ca_pem ?? undefined };
  }

  async function ask(build: Build, access: GitLabAccess): Promise<BuildConfirmation> {
    const { gitlab_project_id: project, pipeline_id: pipelineId, ref, ref_type: refType } = build;
    if (project !== null && pipelineId !== null) {
      const pipeline = await gitlab.pipeline(access, project, pipelineId);
      const holds = pipeline?.sha === build.commit && pipeline.ref === ref && pipeline.source !== 'merge_request_event';
      if (!holds) {
        const detail = `GitLab has no pipeline ${pipelineId} of project ${project} for this commit on ${ref}, outside of merge requests.`;
        return { outcome: 'refused', code: 'build_not_confirmed', detail };
      }
    }
    if (build.tier !== 'production') return { outcome: 'trusted' };
    const isProtected =
      project !== null && ref !== null && refType !== null && (await gitlab.isProtected(access, project, refType, ref));
    if (isProtected) return { outcome: 'trusted', isProtected };
    const detail = `Production takes builds of protected branches and tags alone. Protect ${ref ?? 'the branch'} in GitLab, or deploy it by hand.`;
    return { outcome: 'refused', code: 'ref_not_protected', detail };
  }

  return {
    accessOf,

    async confirm(build: Build): Promise<BuildConfirmation> {
      const access = await accessOf(build.connection_id);
      const isProduction = build.tier === 'production';
      if (access === undefined) {
        if (!isProduction) return { outcome: 'trusted' };
        const detail =
          'Production takes builds of protected branches and tags alone, and GitLab cannot be asked: give its connection an access token.';
        return { outcome: 'refused', code: 'ref_not_confirmed', detail };
      }
      try {
        return await ask(build, access);
      } catch (error) {
        if (!(error instanceof GitLabError)) throw error;
        // For anything but production the verified event is good enough while GitLab is away.
        return isProduction
          ? { outcome: 'later', code: 'gitlab_unreachable', detail: error.message }
          : { outcome: 'trusted' };
      }
    },
  };
}
