import type { SavedView } from '@quarterdeck/contracts';
import { createView, deleteView, listViews } from '@quarterdeck/contracts/inventory';
import { ActionButton, Popover, ProblemAlert } from '@quarterdeck/ui';
import { IconBookmark } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { environmentsQuery } from '../../platform/environments.ts';
import { t } from './inventory.messages.ts';
import { isSameView, viewSearch } from './view-search.ts';

const key = ['inventory', 'views'];

/** Lists that were kept under a name, own ones and those of one's projects; what is in the URL can be kept too. */
export function SavedViews(props: { path: string; search: Record<string, unknown> }) {
  const [open, setOpen] = useState(false);
  const views = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.call(listViews, { query: { type: 'list' } }, { signal }),
  });
  const here = views.data?.items.find((view) => isSameView(view, props.path, props.search));
  return (
    <Popover
      label={t.views}
      align="end"
      className="button"
      onOpenChange={setOpen}
      button={
        <>
          <IconBookmark size={16} aria-hidden="true" /> {here?.name ?? t.views}
        </>
      }
    >
      {(close) => (
        <div className="stack tight">
          {views.isError ? <ProblemAlert problem={problemOf(views.error)} /> : null}
          {views.data?.items.length === 0 ? <p className="muted">{t.noViews}</p> : null}
          <ul className="options kinds" aria-label={t.views}>
            {views.data?.items.map((view) => (
              <ViewRow key={view.id} view={view} current={view === here} onOpen={close} />
            ))}
          </ul>
          {open && here === undefined ? <SaveForm path={props.path} search={props.search} /> : null}
        </div>
      )}
    </Popover>
  );
}

function ViewRow({ view, current, onOpen }: { view: SavedView; current: boolean; onOpen: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.call(deleteView, { params: { id: view.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
  if (view.content.type !== 'list') return null;
  return (
    <li className="row">
      <Link
        to={view.content.path}
        search={view.content.search as never}
        className="option grow"
        aria-current={current}
        onClick={onOpen}
      >
        <span>{view.name}</span>
        <span className="muted">{view.projectId === undefined ? '' : t.ofProject}</span>
      </Link>
      <button
        type="button"
        className="button small"
        aria-label={t.deleteView(view.name)}
        disabled={remove.isPending}
        onClick={() => remove.mutate()}
      >
        {t.delete}
      </button>
    </li>
  );
}

function SaveForm({ path, search }: { path: string; search: Record<string, unknown> }) {
  const id = useId();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [projectId, setProjectId] = useState('');
  const projects = useQuery(environmentsQuery);
  const save = useMutation({
    mutationFn: () =>
      api.call(createView, {
        body: {
          name: name.trim(),
          content: { type: 'list', path, search: viewSearch(search) },
          ...(projectId === '' ? {} : { projectId }),
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') save.mutate();
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-name`}>{t.keepAs}</label>
        <input id={`${id}-name`} value={name} maxLength={63} onChange={(event) => setName(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-for`}>{t.keptFor}</label>
        <select id={`${id}-for`} value={projectId} onChange={(event) => setProjectId(event.target.value)}>
          <option value="">{t.forMe}</option>
          {projects.data?.projects.map((project) => (
            <option key={project.id} value={project.id}>
              {t.forProject(project.displayName)}
            </option>
          ))}
        </select>
      </div>
      {save.isError ? <ProblemAlert problem={problemOf(save.error)} /> : null}
      <ActionButton
        kind="primary"
        reason={name.trim() === '' ? t.nameFirst : undefined}
        pending={save.isPending}
        onClick={() => save.mutate()}
      >
        {t.keepView}
      </ActionButton>
    </form>
  );
}
