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
}): string {
  const { origin, project, application, environment, slot } = facts;
  const rule = facts.isProduction ? '$CI_COMMIT_REF_PROTECTED == "true"' : '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';
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
  id_tokens:
    QUARTERDECK_TOKEN: { aud: ${origin} }
  script:
    - >-
      curl -sS --fail-with-body --retry 5 -X POST "${origin}/api/v1/ci-deployments"
      -H "Authorization: Bearer $QUARTERDECK_TOKEN" -H "Idempotency-Key: gitlab-job-$CI_JOB_ID" -H "Content-Type: application/json"
      -d "{\\"application\\":\\"${project}/${application}\\",\\"environment\\":\\"${environment}\\",\\"images\\":{\\"${slot}\\":\\"$CI_REGISTRY_IMAGE@$DIGEST\\"}}"
`;
}
