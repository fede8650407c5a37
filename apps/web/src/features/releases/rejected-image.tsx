import type { Application, ReleaseImage } from '@quarterdeck/contracts';
import { ActionButton, ProblemAlert } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
import { useRejectedImages } from '../../platform/rejected-images.ts';
import { releasePath } from '../../platform/release-status.ts';
import { t } from './releases.messages.ts';

/** Under the field of an image that a release here was rolled back from by itself: which one, and how to let it be again. */
export function RejectedImage(props: {
  application: Pick<Application, 'id' | 'project' | 'slug'>;
  environmentId: string;
  image: ReleaseImage;
}) {
  const { application, environmentId, image } = props;
  // What cannot be read here is told by the preview all the same.
  const { query, forgive, refusal } = useRejectedImages(application.id);
  const rejected = query.data?.items.find(
    (item) => item.environmentId === environmentId && item.reference === image.reference,
  );
  if (rejected === undefined) return null;
  const { project, slug } = application;
  const to = releasePath({
    project,
    application: slug,
    environment: rejected.environment,
    number: rejected.releaseNumber,
  });
  return (
    <>
      <span className="help row wrap">
        <span>
          <span className="badge warn">{t.rejectedImage}</span> {t.rejectedBy}{' '}
          <Link to={to}>#{rejected.releaseNumber}</Link>. {t.rejectedMeans}
        </span>
        <ActionButton small reason={refusal} pending={forgive.isPending} onClick={() => forgive.mutate(rejected.id)}>
          {t.forgive}
        </ActionButton>
      </span>
      {forgive.isError ? <ProblemAlert problem={problemOf(forgive.error)} /> : null}
    </>
  );
}
