import type { ReleaseDetail } from '@quarterdeck/contracts';
import { confirmPrune } from '@quarterdeck/contracts/release-prune';
import { ActionButton, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './left-objects.messages.ts';
import { awaitsMeKey } from './my-decisions.ts';

type Target = ReleaseDetail['targets'][number];
type Left = Target['left'][number];
type Asked = { target: Target; object: Left };

const keyOf = ({ target, object }: Asked) =>
  [target.targetId, object.group, object.kind, object.namespace, object.name].join(' ');

/** What a release no longer has and does not take away by itself: whoever may says what of it goes. */
export function LeftNotice({ release }: { release: ReleaseDetail }) {
  const [open, setOpen] = useState(false);
  const refusal = useRefusal('releases:prune');
  const asked = release.targets.flatMap((target) =>
    target.left.flatMap((object) => (object.asks ? [{ target, object }] : [])),
  );
  if (asked.length === 0) return null;
  return (
    <div className="notice degraded" role="status">
      <div className="spread wrap grow">
        <div>
          <strong>{t.asks(asked.length, new Set(asked.map(({ target }) => target.clusterId)).size)}</strong>
          <p className="muted">{t.asksHelp}</p>
        </div>
        <ActionButton small reason={refusal} onClick={() => setOpen(true)}>
          {t.takeAway}
        </ActionButton>
      </div>
      {open ? <TakeAway release={release} asked={asked} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function TakeAway(props: { release: ReleaseDetail; asked: readonly Asked[]; onClose: () => void }) {
  const { release, asked } = props;
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set());
  const chosen = asked.filter((each) => ticked.has(keyOf(each)));
  const queries = useQueryClient();
  const deed = useMutation({
    mutationFn: (reason: string) =>
      api.call(confirmPrune, {
        params: { id: release.id },
        body: {
          confirm: release.application,
          reason,
          targets: [...Map.groupBy(chosen, ({ target }) => target.targetId)].map(([targetId, of]) => ({
            targetId,
            objects: of.map(({ object: { group, kind, namespace, name } }) => ({
              ...{ group, kind, name },
              ...(namespace === undefined ? {} : { namespace }),
            })),
          })),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: awaitsMeKey });
      props.onClose();
    },
  });
  const toggle = (key: string) =>
    setTicked((before) =>
      before.has(key) ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key]),
    );
  return (
    <ConfirmDanger
      title={t.title(release.application, release.number)}
      verb={t.verb(chosen.length)}
      level="L3"
      expectText={release.application}
      asksReason="required"
      pending={deed.isPending}
      blocked={chosen.length === 0 ? t.chooseFirst : undefined}
      error={deed.isError ? <ProblemAlert problem={problemOf(deed.error)} /> : undefined}
      onConfirm={(reason) => deed.mutate(reason)}
      onClose={props.onClose}
    >
      <p>{t.hint}</p>
      <ul className="plain-list ticks">
        {asked.map((each) => (
          <li key={keyOf(each)}>
            <label className="option">
              <input type="checkbox" checked={ticked.has(keyOf(each))} onChange={() => toggle(keyOf(each))} />
              <span className="breakable">
                <strong>
                  {each.object.kind} {each.object.name}
                </strong>{' '}
                <span className="badge">{each.target.cluster}</span>{' '}
                <span className="muted">{t.why(each.object.why)}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </ConfirmDanger>
  );
}

/** What is still there of earlier releases on one target, each with the reason why. */
export function LeftOnTarget({ target }: { target: Target }) {
  if (target.left.length === 0) return null;
  return (
    <details>
      <summary>{t.left(target.left.length)}</summary>
      <ul className="plain-list object-rows">
        {target.left.map((object) => (
          <li key={keyOf({ target, object })}>
            <span>
              {object.kind} {object.name}
            </span>
            <span className="muted breakable">
              {object.confirmed ? t.going : t.why(object.why)}
              {object.detail === undefined ? null : `: ${object.detail}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
