/** How the job of a snippet proves itself: by an identity token, or by its job token through a connection. */
export type SnippetProof = 'id_token' | { connectionId: string };

/**
 * A `.gitlab-ci.yml` for one application: build, push, and deploy by digest. No cluster credential and no secret of ours
 * is in it: GitLab vouches for the job.
 */
export function ciSnippet(facts: {
  /** The public address of this installation. */
  origin: string;
  project: string;
  application: string;
  environment: string;
  isProduction: boolean;
  slot: string;
  proof: SnippetProof;
}): string {
  const { origin, proof, project, application, environment, slot } = facts;
  const rule = facts.isProduction ? '$CI_COMMIT_REF_PROTECTED == "true"' : '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';
  const script = deployScript({ origin, proof, slot, application: `${project}/${application}`, environment });
  const identity =
    proof === 'id_token'
      ? `  id_tokens:
    QUARTERDECK_TOKEN: { aud: ${origin} }
  # The identity token lives as long as the job may.
`
      : '';
  return `stages: [build, deploy]

build:
  stage: build
  image: quay.io/buildah/stable
  script:
    - buildah login -u "$CI_REGISTRY_USER" -p "$CI_REGISTRY_PASSWORD" "$CI_REGISTRY"
    - buildah build --label "org.opencontainers.image.revision=$CI_COMMIT_SHA" -t "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA" .
    - buildah push --digestfile digest.txt "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA"
    - echo "DIGEST=$(cat digest.txt)" >> build.env
  artifacts:
    reports:
      dotenv: build.env

deploy-${environment}:
  stage: deploy
  image: docker.io/curlimages/curl
  needs: [build]
  rules:
    - if: '${rule}'
${identity}  timeout: 45 minutes
  # 1: it failed. 2: a person must approve or resume it; the release goes on without this job. 3: aborted, superseded.
  allow_failure: { exit_codes: [2] }
  script:
    - |
${indented(script)}
`;
}

/**
 * Deploys, then waits for the release and prints what becomes of it; ends with the code of the report. For any POSIX shell
 * with curl and sed.
 */
export function deployScript(facts: {
  origin: string;
  application: string;
  environment: string;
  slot: string;
  proof: SnippetProof;
}): string {
  const { origin, application, environment, slot, proof } = facts;
  const credential =
    proof === 'id_token'
      ? '-H "Authorization: Bearer $QUARTERDECK_TOKEN"'
      : `-H "Authorization: Bearer $CI_JOB_TOKEN" -H "Quarterdeck-Connection: ${proof.connectionId}"`;
  const body = `{"application":"${application}","environment":"${environment}","images":{"${slot}":"$CI_REGISTRY_IMAGE@$DIGEST"}}`;
  return `api="${origin}/api/v1/ci-deployments"
ask() {
  curl -sS --fail-with-body --retry 5 --retry-connrefused ${credential} \\
    -H "Idempotency-Key: gitlab-job-$CI_JOB_ID" "$@"
}
ask -X POST "$api" -o deployment.json -H "Content-Type: application/json" \\
  -d "${body.replaceAll('"', '\\"')}" || { cat deployment.json; exit 1; }
release=$(sed -n 's/.*"releaseId":"\\([a-z0-9_]*\\)".*/\\1/p' deployment.json)
while true; do
  ask "$api/$release/report?waitSeconds=50" -o report.txt || { cat report.txt; exit 1; }
  cat report.txt
  code=$(sed -n '$s/^exit \\([0-9]\\)$/\\1/p' report.txt)
  if [ -n "$code" ]; then exit "$code"; fi
done`;
}

/** As a line of a list in YAML's block form has it. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
