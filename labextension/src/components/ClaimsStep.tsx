import * as React from 'react';

import { select } from '../claimFilter';
import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import { ClaimsTable } from './ClaimsTable';
import { ClaimsFilters, ClaimsToolbar } from './ClaimsToolbar';
import { usePanel } from './context';
import { Evidence } from './Evidence';
import { Empty, Problem } from './parts';
import { ReadBy } from './ReadBy';
import { ReadButton } from './ReadButton';
import { ReadingView } from './ReadingView';

/** The paper's claims, each beside the place on the page that shows it. */
export function ClaimsStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { claims, paper } = session;
  const { all, reading, extraction, filter, sort } = claims;
  const shown = React.useMemo(() => select(all, filter, sort), [all, filter, sort]);
  const current = shown.find(({ id }) => id === claims.selectedId) ?? shown[0] ?? null;
  const [wide, setWide] = React.useState(false);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const read = extraction !== null || Boolean(paper?.reader);
  return (
    <>
      {claims.problem && <Problem reason={claims.problem} onDismiss={() => claims.dismiss()} />}
      {reading ? (
        <ReadingView reading={reading} onStop={() => void claims.stop()} />
      ) : (
        read && <ReadBy session={session} />
      )}
      {all.length > 0 && !reading && <ClaimsFilters claims={claims} />}
      {all.length > 0 ? (
        <div className={`p2n-Claims${wide ? ' p2n-mod-wide' : ''}`}>
          <div className="p2n-Claims-main">
            {!reading && <ClaimsToolbar session={session} shown={shown} onProblem={setProblem} />}
            {problem && <Problem reason={problem} onDismiss={() => setProblem(null)} />}
            <ClaimsTable
              session={session}
              claims={shown}
              selected={current?.id ?? null}
              onProblem={setProblem}
            />
          </div>
          {current && (
            <Evidence
              key={current.id}
              session={session}
              claim={current}
              wide={wide}
              onWide={setWide}
            />
          )}
        </div>
      ) : (
        !reading && <NoClaims session={session} read={read} />
      )}
    </>
  );
}

function NoClaims(props: { session: PaperSession; read: boolean }): React.JSX.Element {
  const { trans } = usePanel();
  return props.read ? (
    <Empty title={trans.__('No claim was found in this paper')}>
      <p>
        {trans.__(
          'P2N keeps only numbers that it finds on the page itself, in a table or a sentence of results.'
        )}
      </p>
    </Empty>
  ) : (
    <Empty title={trans.__('What does this paper claim?')}>
      <p>
        {trans.__(
          'P2N reads the paper and lists every result it reports as a number, with the place on the page that shows it.'
        )}
      </p>
      <ReadButton session={props.session} primary label={trans.__('Extract claims')} />
    </Empty>
  );
}
