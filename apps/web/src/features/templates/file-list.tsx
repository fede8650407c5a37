import { useId, useState } from 'react';
import { fileOrder, isNewFile, startOf } from './bundle-files.ts';
import { t } from './templates.messages.ts';

type Files = Record<string, string>;

/** The files of a bundle: choose one, add one, remove one that is not needed. */
export function FileList(props: {
  files: Files;
  current: string;
  /** The file that keeps the bundle from loading. */
  broken: string | undefined;
  onChoose: (file: string) => void;
  onChange: (files: Files) => void;
}) {
  const { files, current, broken, onChoose, onChange } = props;
  const [name, setName] = useState('');
  const id = useId();
  function add(): void {
    onChange({ ...files, [name]: startOf(name) });
    onChoose(name);
    setName('');
  }
  function remove(file: string): void {
    const { [file]: _, ...others } = files;
    onChange(others);
    onChoose('template.yaml');
  }
  return (
    <nav className="panel stack" aria-label={t.fileList}>
      <ul className="file-list">
        {fileOrder(files).map((file) => (
          <li key={file} className={file === current ? 'spread current' : 'spread'}>
            <button
              type="button"
              className="link"
              aria-current={file === current ? 'true' : undefined}
              onClick={() => onChoose(file)}
            >
              {file}
            </button>
            {file === broken ? <span className="badge warn">!</span> : null}
            {file === 'template.yaml' || file === 'schema.json' ? null : (
              <button
                type="button"
                className="button small"
                aria-label={t.removeFile(file)}
                onClick={() => remove(file)}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      <form
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          if (isNewFile(name, files)) add();
        }}
      >
        <label htmlFor={id}>{t.newFileName}</label>
        <input
          id={id}
          value={name}
          placeholder={t.newFileExample}
          spellCheck={false}
          aria-describedby={`${id}-help`}
          onChange={(event) => setName(event.target.value)}
        />
        <span id={`${id}-help`} className="help">
          {t.newFileHelp}
        </span>
        <button type="submit" className="button small" disabled={!isNewFile(name, files)}>
          {t.addFile}
        </button>
      </form>
    </nav>
  );
}
