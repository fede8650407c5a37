import { Popover } from '@quarterdeck/ui';
import { IconDownload } from '@tabler/icons-react';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './inventory.messages.ts';
import type { ObjectFilters } from './use-objects.ts';

/** All rows of a list as a file, streamed: not only those that are loaded. */
export function ExportMenu(props: { kind: { group: string; plural: string }; filters: ObjectFilters; sort: string }) {
  const refusal = useRefusal('inventory:export');
  const { group, plural } = props.kind;
  const given = Object.entries({ group, plural, ...props.filters, sort: props.sort }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const url = (format: string) =>
    `/api/v1/inventory/objects/export?${new URLSearchParams([...given, ['format', format]])}`;
  return (
    <Popover
      label={t.export}
      align="end"
      className="button"
      button={
        <>
          <IconDownload size={16} aria-hidden="true" /> {t.export}
        </>
      }
    >
      <div className="stack tight">
        {refusal === undefined ? (
          <>
            <a className="button" href={url('csv')} download>
              {t.csv}
            </a>
            <a className="button" href={url('ndjson')} download>
              {t.jsonLines}
            </a>
          </>
        ) : (
          <p className="muted">{refusal}</p>
        )}
      </div>
    </Popover>
  );
}
