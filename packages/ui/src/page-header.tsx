import { Fragment, type ReactNode } from 'react';
import { t } from './ui.messages.ts';

/** The head of a page: where it stands, what it is, how it is, and at most two actions. */
export function PageHeader(props: {
  title: ReactNode;
  crumbs?: readonly ReactNode[];
  /** Status, badges: beside the title. */
  status?: ReactNode;
  /** One line below the title. */
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="page-header">
      <div className="grow">
        {props.crumbs === undefined ? null : (
          <nav className="crumbs" aria-label={t.crumbs}>
            {props.crumbs.map((crumb, index) => (
              <Fragment key={String(index)}>
                {index === 0 ? null : <span aria-hidden="true"> / </span>}
                {crumb}
              </Fragment>
            ))}
          </nav>
        )}
        <div className="row wrap title-row">
          <h1>{props.title}</h1>
          {props.status}
        </div>
        {props.children === undefined ? null : <div className="muted">{props.children}</div>}
      </div>
      {props.actions === undefined ? null : <div className="row wrap">{props.actions}</div>}
    </div>
  );
}
