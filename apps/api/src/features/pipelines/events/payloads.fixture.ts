/** Events in the shapes that their senders document, with made-up contents. */

export const commitA = 'b81a4d6f0c9e7235aa41d0be6f5c3e2d9187a6f4';
export const digestA = `sha256:${'a1'.repeat(32)}`;
export const layerDigest = `sha256:${'0c'.repeat(32)}`;

type Change = Record<string, unknown>;

const gitlabProject = {
  id: 22,
  name: 'Web',
  description: 'Shop front',
  web_url: 'https://gitlab.example.com/shop/web',
  avatar_url: null,
  git_ssh_url: 'git@gitlab.example.com:shop/web.git',
  git_http_url: 'https://gitlab.example.com/shop/web.git',
  namespace: 'Shop',
  visibility_level: 0,
  path_with_namespace: 'shop/web',
  default_branch: 'main',
  ci_config_path: null,
};
const gitlabUser = { id: 42, name: 'Li Wei', username: 'li.wei', avatar_url: null, email: '[REDACTED]' };

/** GitLab "Pipeline Hook". */
export function pipelineEvent(attributes: Change = {}, change: Change = {}): Change {
  return {
    object_kind: 'pipeline',
    object_attributes: {
      id: 1212,
      iid: 31,
      name: 'Pipeline for main',
      ref: 'main',
      tag: false,
      sha: commitA,
      before_sha: '0'.repeat(40),
      source: 'push',
      status: 'success',
      detailed_status: 'passed',
      stages: ['build', 'test'],
      created_at: '2026-11-25 09:58:12 UTC',
      finished_at: '2026-11-25 10:01:40 UTC',
      duration: 180,
      queued_duration: 4,
      variables: [],
      url: 'https://gitlab.example.com/shop/web/-/pipelines/1212',
      ...attributes,
    },
    merge_request: null,
    user: gitlabUser,
    project: gitlabProject,
    commit: {
      id: commitA,
      message: 'Show stock in the cart',
      title: 'Show stock in the cart',
      timestamp: '2026-11-25T09:57:00+00:00',
      url: `https://gitlab.example.com/shop/web/-/commit/${commitA}`,
      author: { name: 'Li Wei', email: 'li.wei@example.com' },
    },
    builds: [
      {
        id: 4711,
        stage: 'build',
        name: 'image',
        status: 'success',
        created_at: '2026-11-25 09:58:12 UTC',
        started_at: '2026-11-25 09:58:16 UTC',
        finished_at: '2026-11-25 10:00:02 UTC',
        duration: 106,
        queued_duration: 4,
        failure_reason: null,
        when: 'on_success',
        manual: false,
        allow_failure: false,
        user: gitlabUser,
        runner: {
          id: 3,
          description: 'builder',
          runner_type: 'instance_type',
          active: true,
          is_shared: true,
          tags: [],
        },
        artifacts_file: { filename: null, size: null },
        environment: null,
      },
    ],
    ...change,
  };
}

/** GitLab "Job Hook". */
export function jobEvent(change: Change = {}): Change {
  return {
    object_kind: 'build',
    ref: 'main',
    tag: false,
    before_sha: '0'.repeat(40),
    sha: commitA,
    retries_count: 0,
    build_id: 4711,
    build_name: 'image',
    build_stage: 'build',
    build_status: 'success',
    build_created_at: '2026-11-25 09:58:12 UTC',
    build_started_at: '2026-11-25 09:58:16 UTC',
    build_finished_at: '2026-11-25 10:00:02 UTC',
    build_duration: 106.2,
    build_queued_duration: 4.1,
    build_allow_failure: false,
    build_failure_reason: 'unknown_failure',
    pipeline_id: 1212,
    runner: { id: 3, description: 'builder', runner_type: 'instance_type', active: true, is_shared: true, tags: [] },
    project_id: 22,
    project_name: 'Shop / Web',
    user: gitlabUser,
    // The number of the pipeline, not of a commit.
    commit: { id: 1212, name: null, sha: commitA, message: 'Show stock in the cart', status: 'running' },
    repository: { name: 'Web', url: 'git@gitlab.example.com:shop/web.git', visibility_level: 0 },
    project: gitlabProject,
    environment: null,
    ...change,
  };
}

/** GitLab "Push Hook" or "Tag Push Hook". */
export function pushEvent(change: Change = {}): Change {
  return {
    object_kind: 'push',
    event_name: 'push',
    before: '0'.repeat(40),
    after: commitA,
    ref: 'refs/heads/main',
    ref_protected: true,
    checkout_sha: commitA,
    user_id: 42,
    user_username: 'li.wei',
    project_id: 22,
    project: gitlabProject,
    commits: [],
    total_commits_count: 1,
    ...change,
  };
}

/** GitLab "Deployment Hook": what it sends back when we told it of a deployment. */
export function deploymentEvent(): Change {
  return {
    object_kind: 'deployment',
    status: 'success',
    status_changed_at: '2026-11-25 10:03:00 +0000',
    deployment_id: 15,
    deployable_id: null,
    deployable_url: null,
    environment: 'staging',
    environment_tier: 'staging',
    environment_slug: 'staging',
    project: gitlabProject,
    short_sha: commitA.slice(0, 8),
    user: gitlabUser,
    ref: 'main',
    commit_title: 'Show stock in the cart',
  };
}

let eventSerial = 0;

function distributionEvent(target: Change, action = 'push'): Change {
  eventSerial += 1;
  return {
    id: `320678d8-ca14-430f-8bb6-4ca139cd${String(eventSerial).padStart(4, '0')}`,
    timestamp: '2026-11-25T10:00:01.500Z',
    action,
    target: {
      size: 708,
      length: 708,
      repository: 'shop/web',
      url: 'https://registry.example.com/v2/shop/web',
      ...target,
    },
    request: {
      id: '6df24a34-0959-4923-81ca-14f09767db19',
      addr: '10.0.0.11:52110',
      host: 'registry.example.com',
      method: 'PUT',
      useragent: 'docker/28',
    },
    actor: { name: 'ci' },
    source: { addr: 'registry-0:5000', instanceID: 'a53db899-3b4b-4a62-a067-8dd013beaca4' },
  };
}

/** Registry notifications of one `docker push`: layers, configurations, manifests, and the index with its tag. */
export function pushEnvelopes(image: { digest?: string; tag?: string; repository?: string } = {}): Change[] {
  const layer = { mediaType: 'application/octet-stream', digest: layerDigest };
  const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'0d'.repeat(32)}` };
  const { digest = digestA, tag = `1.4.2-${commitA.slice(0, 8)}`, repository = 'shop/web' } = image;
  const index = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, tag };
  const untagged = [
    ...Array.from({ length: 12 }, () => distributionEvent({ ...layer, repository })),
    ...Array.from({ length: 3 }, () => distributionEvent({ ...layer, repository, fromRepository: 'base' }, 'mount')),
    ...Array.from({ length: 3 }, () => distributionEvent({ ...layer, repository }, 'pull')),
    ...Array.from({ length: 2 }, () => distributionEvent({ ...manifest, repository })),
  ];
  return [...untagged, distributionEvent({ ...index, repository })].map((event) => ({ events: [event] }));
}

/** Harbor, format "Default". */
export function harborEvent(change: Change = {}): Change {
  return {
    type: 'PUSH_ARTIFACT',
    occur_at: 1_795_600_800,
    operator: 'robot$ci',
    event_data: {
      resources: [
        { digest: digestA, tag: '1.4.2', resource_url: 'registry.example.com/shop/web:1.4.2' },
        {
          digest: `sha256:${'b2'.repeat(32)}`,
          tag: '1.4.2-debug',
          resource_url: 'registry.example.com/shop/web:1.4.2-debug',
        },
        {
          digest: `sha256:${'c3'.repeat(32)}`,
          tag: `sha256:${'c3'.repeat(32)}`,
          resource_url: 'registry.example.com/shop/web',
        },
      ],
      repository: {
        date_created: 1_795_000_000,
        name: 'web',
        namespace: 'shop',
        repo_full_name: 'shop/web',
        repo_type: 'private',
      },
    },
    ...change,
  };
}

/** Harbor, format "CloudEvents". */
export function harborCloudEvent(change: Change = {}): Change {
  const { event_data: data, operator } = harborEvent();
  return {
    specversion: '1.0',
    id: '66e18103-ffbb-4b0a-8f2e-0d6f8f8a2f11',
    requestid: '8c9f2a16-6d0c-4b29-9d1f-70e5d9a1b9a3',
    source: '/projects/2/webhook/policies/15',
    type: 'harbor.artifact.pushed',
    datacontenttype: 'application/json',
    time: '2026-11-25T10:00:00Z',
    operator,
    data,
    ...change,
  };
}
