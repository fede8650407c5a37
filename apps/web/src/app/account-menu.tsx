import { Popover, setZone, useZone } from '@quarterdeck/ui';
import { IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { SignOutButton } from '../features/identity/index.ts';
import { useMe } from '../platform/me.tsx';
import { t } from './shell.messages.ts';
import { applyTheme, storedTheme, themes } from './theme.ts';
import { letterKeys } from './use-keys.ts';
import { tracksFor } from './welcome-steps.ts';

/** Who is signed in, how the portal looks to them, and the way out. */
export function AccountMenu({ name, onKeys }: { name: string; onKeys: () => void }) {
  const [theme, setTheme] = useState(storedTheme);
  const hasSteps = tracksFor(useMe()?.permissionsSomewhere ?? []).length > 0;
  const zone = useZone();
  const [letters, setLetters] = useState(letterKeys.on);
  return (
    <Popover
      label={t.account}
      align="end"
      className="chip-button"
      button={
        <>
          <IconUserCircle size={18} aria-hidden="true" />
          <span className="clip">{name}</span>
        </>
      }
    >
      {(close) => (
        <div className="stack tight menu">
          <Link to="/profile" className="button small" onClick={close}>
            {t.profile}
          </Link>
          {hasSteps ? (
            <Link to="/welcome" className="button small" onClick={close}>
              {t.firstSteps}
            </Link>
          ) : null}
          <fieldset>
            <legend>{t.theme}</legend>
            <div className="segments">
              {themes.map((value) => (
                <button
                  key={value}
                  type="button"
                  aria-pressed={theme === value}
                  onClick={() => {
                    applyTheme(value);
                    setTheme(value);
                  }}
                >
                  {t.themes[value]}
                </button>
              ))}
            </div>
          </fieldset>
          <fieldset>
            <legend>{t.times}</legend>
            <div className="segments">
              {(['local', 'utc'] as const).map((value) => (
                <button key={value} type="button" aria-pressed={zone === value} onClick={() => setZone(value)}>
                  {t.zones[value]}
                </button>
              ))}
            </div>
          </fieldset>
          <label className="option">
            <input
              type="checkbox"
              checked={letters}
              onChange={(event) => {
                letterKeys.set(event.target.checked);
                setLetters(event.target.checked);
              }}
            />
            <span>{t.letterKeys}</span>
          </label>
          <button
            type="button"
            className="button small"
            onClick={() => {
              close();
              onKeys();
            }}
          >
            {t.keyboardMap}
          </button>
          <SignOutButton />
        </div>
      )}
    </Popover>
  );
}
