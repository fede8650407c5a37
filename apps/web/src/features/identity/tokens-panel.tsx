import { useState } from 'react';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { TokenList } from './token-list.tsx';
import { t } from './tokens.messages.ts';
import { myTokens, type TokenFilter } from './tokens.queries.ts';

/** Own tokens, for the profile. */
export function TokensPanel() {
  const [filter, setFilter] = useState<TokenFilter>({ q: '', state: '' });
  const [making, setMaking] = useState(false);
  const button = (
    <button type="button" className="button primary" onClick={() => setMaking(true)}>
      {t.newToken}
    </button>
  );
  return (
    <section className="stack" aria-labelledby="my-tokens">
      <div className="spread">
        <div>
          <h2 id="my-tokens">{t.myTokens}</h2>
          <p className="muted">{t.myTokensHelp}</p>
        </div>
        {button}
      </div>
      <TokenList
        source={myTokens}
        filter={filter}
        onFilter={setFilter}
        empty={{
          text: t.noMyTokens,
          action: (
            <button type="button" className="button" onClick={() => setMaking(true)}>
              {t.newToken}
            </button>
          ),
        }}
      />
      {making ? <NewTokenDialog source={myTokens} onClose={() => setMaking(false)} /> : null}
    </section>
  );
}
