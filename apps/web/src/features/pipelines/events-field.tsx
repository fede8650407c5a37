import type { NoticeEvent } from '@quarterdeck/contracts';
import { noticeEvents } from '@quarterdeck/contracts/pipelines/connections';
import { t } from './pipelines.messages.ts';

/** What a channel is told of. */
export function EventsField(props: { value: readonly NoticeEvent[]; onChange: (events: NoticeEvent[]) => void }) {
  const { value, onChange } = props;
  return (
    <fieldset className="field">
      <legend>{t.events}</legend>
      {noticeEvents.map((event) => (
        <label key={event} className="option">
          <input
            type="checkbox"
            checked={value.includes(event)}
            onChange={(change) =>
              onChange(change.target.checked ? [...value, event] : value.filter((each) => each !== event))
            }
          />
          <span>{t.eventWords[event]}</span>
        </label>
      ))}
    </fieldset>
  );
}
