import { type ComponentProps, lazy, Suspense } from 'react';
import type { BulkDialog as Dialog } from './bulk-dialog.tsx';

const BulkDialog = lazy(() => import('./bulk-dialog.tsx').then((module) => ({ default: module.BulkDialog })));

/** The dialog of a deed on one row or many, fetched when it is asked for. */
export function BulkDeed(props: ComponentProps<typeof Dialog>) {
  return (
    <Suspense>
      <BulkDialog {...props} />
    </Suspense>
  );
}
