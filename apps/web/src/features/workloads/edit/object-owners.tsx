import type { ObjectOwner } from '@quarterdeck/contracts';
import { Link } from '@tanstack/react-router';
import { t } from './edit.messages.ts';

/** What puts the object there again as it was, before anybody types. */
export function ObjectOwners({ owners }: { owners: readonly ObjectOwner[] }) {
  return owners.map((owner) =>
    owner.kind === 'controller' ? (
      <p key="controller" className="notice degraded">
        {t.ownedByController(owner.ownerKind, owner.ownerName)}
      </p>
    ) : (
      <p key="release" className="notice degraded">
        <span>
          {owner.release === undefined ? (
            t.ownedByUnseen
          ) : (
            <Link
              to="/applications/$project/$app/$env/releases/$number"
              params={{
                project: owner.release.project,
                app: owner.release.application,
                env: owner.release.environment,
                number: String(owner.release.number),
              }}
            >
              {t.ownedByRelease(owner.release.number, owner.release.application)}
            </Link>
          )}{' '}
          {t.releaseUndoes}
        </span>
      </p>
    ),
  );
}
