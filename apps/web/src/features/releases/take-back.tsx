import type { Application, DriftObject, TargetDrift } from '@quarterdeck/contracts';
import { takeBack } from '@quarterdeck/contracts/release-drift';
import { ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useFollowRelease } from '../../platform/follow-release.ts';
import { t } from './drift.messages.ts';

export type Chosen = { target: TargetDrift; object: DriftObject };

/** Asks, puts the bytes of the chosen objects out again, and goes to the release that makes of it. */
export function TakeBack(props: {
  application: Application;
  environmentId: string;
  chosen: readonly Chosen[];
  onClose: () => void;
}) {
  const { application, environmentId, chosen } = props;
  const follow = useFollowRelease();
  const [key] = useState(() => crypto.randomUUID());
  const targets = Map.groupBy(chosen, ({ target }) => target.targetId);
  const taken = chosen.flatMap(({ object }) => object.fields.filter(({ manager }) => manager !== undefined));
  const managers = [...new Set(taken.map(({ manager }) => manager))].join(', ');
  const deed = useMutation({
    mutationFn: (note: string) =>
      api.call(
        takeBack,
        {
          body: {
            applicationId: application.id,
            environmentId,
            targets: [...targets].map(([targetId, of]) => ({
              targetId,
              objects: of.map(({ object: { group, kind, namespace, name, fields } }) => ({
                group,
                kind,
                namespace,
                name,
                fields: fields.flatMap(({ path, manager }) => (manager === undefined ? [] : [path])),
              })),
            })),
            ...(note === '' ? {} : { note }),
          },
        },
        { idempotencyKey: key },
      ),
    onSuccess: (release) => {
      props.onClose();
      follow(release);
    },
  });
  const verb = t.takeBack(chosen.length, targets.size);
  return (
    <ConfirmDanger
      title={verb}
      verb={verb}
      level="L2"
      asksReason
      pending={deed.isPending}
      error={deed.isError ? <ProblemAlert problem={problemOf(deed.error)} /> : undefined}
      onConfirm={(note) => deed.mutate(note)}
      onClose={props.onClose}
    >
      <ul className="plain-list">
        {chosen.map(({ target, object }) => (
          <li key={`${target.targetId} ${object.kind} ${object.name}`}>
            {object.kind} {object.name} <span className="badge">{target.cluster}</span>{' '}
            <span className="muted">{t.kinds[object.drift]}</span>
          </li>
        ))}
      </ul>
      {taken.length === 0 ? null : <p>{t.takesFields(taken.length, managers)}</p>}
      <p className="muted">{t.takeBackHint}</p>
    </ConfirmDanger>
  );
}
