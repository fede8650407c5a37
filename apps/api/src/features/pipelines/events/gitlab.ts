import { z } from 'zod';
import { type EventReading, ignored } from './hook-facts.ts';

const commitId = z.string().regex(/^[a-f0-9]{40,64}$/);
const projectId = z.number().int().positive();
/** As git allows them; whoever sends another one is not GitLab. */
const refName = z
  .string()
  .max(255)
  .regex(/^[^\p{Cc}\s~^:?*[\\]+$/u);
const word = z
  .string()
  .max(100)
  .regex(/^[a-z_]+$/);

const pipelineSchema = z.object({
  object_attributes: z.object({
    id: z.number().int().positive(),
    ref: refName,
    tag: z.boolean(),
    sha: commitId,
    source: word,
    status: word,
  }),
  project: z.object({ id: projectId }),
  merge_request: z.object({ source_project_id: z.number(), target_project_id: z.number() }).nullish(),
});

const jobSchema = z.object({
  ref: refName,
  tag: z.boolean(),
  sha: commitId,
  build_name: z
    .string()
    .max(255)
    .regex(/^\P{Cc}+$/u),
  build_status: word,
  pipeline_id: z.number().int().positive(),
  project_id: projectId,
});

const pushSchema = z.object({
  ref: refName,
  after: commitId,
  checkout_sha: commitId.nullish(),
  project_id: projectId,
});

/** Pipelines that our own commit statuses make. */
const ownEcho = 'external';
export const testSource = 'quarterdeck_test';

/** Reads a delivery of GitLab by what it says it is. */
export function readGitLabEvent(body: unknown): EventReading {
  const kind = z.object({ object_kind: word }).safeParse(body).data?.object_kind ?? '';
  switch (kind) {
    case 'pipeline':
      return readPipeline(body);
    case 'build':
      return readJob(body);
    case 'push':
    case 'tag_push':
      return readPush(kind, body);
    case 'deployment':
      return ignored('deployment', 'own_echo', 'A deployment that GitLab was told of, also by us: it starts nothing.');
    default:
      return ignored(kind === '' ? 'unknown' : kind, 'event_unwanted', 'Events of this kind start nothing here.');
  }
}

function readPipeline(body: unknown): EventReading {
  const parsed = pipelineSchema.safeParse(body);
  if (!parsed.success) return unreadable('pipeline', parsed.error);
  const { object_attributes: pipeline, project, merge_request: merge } = parsed.data;
  if (pipeline.source === testSource) {
    return ignored('pipeline', 'test_event', 'The test event came through: address and secret are right.');
  }
  if (pipeline.source === ownEcho) {
    return ignored(
      'pipeline',
      'own_echo',
      'A pipeline made of statuses from outside, ours among them: it starts nothing.',
    );
  }
  if (merge != null && merge.source_project_id !== merge.target_project_id) {
    return ignored('pipeline', 'fork_merge_request', 'A merge request from a fork: whoever may fork must not deploy.');
  }
  if (merge != null || pipeline.source === 'merge_request_event' || isMergeRef(pipeline.ref)) {
    return ignored('pipeline', 'merge_request', 'A pipeline of a merge request: only branches and tags deploy.');
  }
  if (pipeline.status !== 'success') {
    return ignored('pipeline', 'not_successful', `The pipeline is ${pipeline.status}: only one that succeeded counts.`);
  }
  const { id, ref, tag, sha } = pipeline;
  const fact = { gitlabProjectId: project.id, commit: sha, ref, refType: refTypeOf(tag), pipelineId: id };
  return { event: 'pipeline', facts: [{ kind: 'build', ...fact }] };
}

function readJob(body: unknown): EventReading {
  const parsed = jobSchema.safeParse(body);
  if (!parsed.success) return unreadable('job', parsed.error);
  // `commit.id` is the pipeline's number here; the commit is `sha`.
  const { ref, tag, sha, build_name: job, build_status: status, pipeline_id: pipelineId, project_id } = parsed.data;
  if (isMergeRef(ref)) {
    return ignored('job', 'merge_request', 'A job of a merge request: only branches and tags deploy.');
  }
  if (status !== 'success')
    return ignored('job', 'not_successful', `The job is ${status}: only one that succeeded counts.`);
  const fact = { gitlabProjectId: project_id, commit: sha, ref, refType: refTypeOf(tag), pipelineId, job };
  return { event: 'job', facts: [{ kind: 'build', ...fact }] };
}

function readPush(kind: 'push' | 'tag_push', body: unknown): EventReading {
  const parsed = pushSchema.safeParse(body);
  if (!parsed.success) return unreadable(kind, parsed.error);
  const { after, checkout_sha: commit, project_id: gitlabProjectId, ref: full } = parsed.data;
  const match = /^refs\/(heads|tags)\/(.+)$/.exec(full);
  if (match === null || /^0+$/.test(after)) {
    return ignored(kind, 'ref_deleted', 'A branch or tag was deleted: nothing is known of a commit by that.');
  }
  const refType = match[1] === 'tags' ? 'tag' : 'branch';
  // An annotated tag is an object of its own; what it points to is what was checked out.
  const sha = commit ?? after;
  return { event: kind, facts: [{ kind: 'commit', gitlabProjectId, commit: sha, ref: match[2] ?? '', refType }] };
}

function isMergeRef(ref: string): boolean {
  return ref.startsWith('refs/');
}

function refTypeOf(tag: boolean): 'branch' | 'tag' {
  return tag ? 'tag' : 'branch';
}

function unreadable(event: string, error: z.ZodError): EventReading {
  const field = error.issues[0]?.path.join('.') ?? '';
  return ignored(event, 'event_unreadable', `The field ${field} is missing or not as GitLab writes it.`);
}
