import * as React from 'react';

import { words } from '../format';
import type { PaperSession } from '../paperSession';
import type { Claim } from '../schemas';
import { ClaimsTable } from './ClaimsTable';
import { usePanel } from './context';
import { Evidence } from './Evidence';
import { Bar, Button, Empty } from './parts';

export function ClaimsStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { claims, extraction, paper } = session;
  const [selected, setSelected] = React.useState<string | null>(null);
  const [filter, setFilter] = React.useState('');
  const shown = claims.filter(claim => matches(claim, filter));
  const current = shown.find(claim => claim.id === selected) ?? shown[0] ?? null;
  const pages = extraction?.progress;

  if (claims.length === 0 && !extraction) {
    return paper?.reader ? (
      <Empty title={trans.__('No claim was found in this paper')}>
        <p>
          {trans.__(
            'P2N keeps only numbers that it finds on the page itself, in a table or a sentence of results. A scanned paper has no text to find them in.'
          )}
        </p>
        <Button onClick={() => void session.extract()}>{trans.__('Read it again')}</Button>
      </Empty>
    ) : (
      <Empty title={trans.__('What does this paper claim?')}>
        <p>
          {trans.__(
            'P2N reads the paper and lists every result it reports as a number, with the place on the page that shows it.'
          )}
        </p>
        <Button kind="primary" onClick={() => void session.extract()}>
          {trans.__('Extract claims')}
        </Button>
      </Empty>
    );
  }

  return (
    <div className="p2n-Claims">
      <div className="p2n-Claims-main">
        {extraction ? (
          <div className="p2n-Extraction" role="status">
            <Bar
              value={pages && pages.total > 0 ? pages.done / pages.total : null}
              label={trans.__('Pages read')}
            />
            <span>
              {pages
                ? trans.__('Page %1 of %2', pages.done, pages.total)
                : trans.__('Opening the paper …')}
              <span aria-hidden="true"> · </span>
              {trans._n('%1 claim verified', '%1 claims verified', extraction.found)}
            </span>
          </div>
        ) : (
          <div className="p2n-Toolbar">
            <input
              type="search"
              className="jp-mod-styled p2n-Filter"
              placeholder={trans.__('Filter by method, dataset, metric …')}
              aria-label={trans.__('Filter claims')}
              value={filter}
              onChange={event => setFilter(event.target.value)}
            />
            <span className="p2n-Muted">
              {session.chosen.size > 0
                ? trans.__('%1 of %2 chosen', session.chosen.size, claims.length)
                : trans._n('%1 claim', '%1 claims', shown.length)}
            </span>
            <span className="p2n-Spacer" />
            <Button small kind="quiet" onClick={() => void session.extract()}>
              {trans.__('Read again')}
            </Button>
            <Button
              small
              onClick={() => {
                session.show('plan');
                void session.makePlan();
              }}
              disabled={session.busy.has('plan')}
            >
              {session.chosen.size > 0
                ? trans._n('Plan %1 claim', 'Plan %1 claims', session.chosen.size)
                : trans.__('Plan all')}
            </Button>
          </div>
        )}
        <ClaimsTable
          session={session}
          claims={shown}
          selected={current?.id ?? null}
          onSelect={setSelected}
        />
      </div>
      {current && <Evidence key={current.id} session={session} claim={current} />}
    </div>
  );
}

function matches(claim: Claim, filter: string): boolean {
  const text = [
    claim.method,
    claim.dataset,
    claim.metric,
    claim.split,
    claim.value_printed,
    words(claim.status),
    claim.citation.label
  ]
    .join(' ')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every(part => text.includes(part));
}
