import { ApplicationPage } from '../features/applications/application-page.tsx';
import { CiSnippet } from '../features/pipelines/index.ts';

/** An application with what its pipeline needs to deploy it. */
export function ApplicationWithCiPage() {
  return <ApplicationPage extras={(application) => <CiSnippet application={application} />} />;
}
