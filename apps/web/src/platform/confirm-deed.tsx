import { ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemOf } from './api.ts';

/**
 * Asks before a deed that is one call, does it, has what it made stale read again, and goes. A refusal stays in the
 * dialog.
 * @param stale keys of what the deed changes
 * @param onDone after the deed; `onClose` where it is left out
 */
export function ConfirmDeed(props: {
  title: string;
  verb: string;
  run: () => Promise<unknown>;
  stale: readonly QueryKey[];
  children: ReactNode;
  onDone?: () => void;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const deed = useMutation({
    mutationFn: props.run,
    async onSuccess() {
      await Promise.all(props.stale.map((queryKey) => queries.invalidateQueries({ queryKey })));
      (props.onDone ?? props.onClose)();
    },
  });
  return (
    <ConfirmDanger
      title={props.title}
      verb={props.verb}
      level="L2"
      pending={deed.isPending}
      error={deed.isError ? <ProblemAlert problem={problemOf(deed.error)} /> : null}
      onConfirm={() => deed.mutate()}
      onClose={props.onClose}
    >
      {props.children}
    </ConfirmDanger>
  );
}
