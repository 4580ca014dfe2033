import { checkIcon, closeIcon, undoIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { claimedValue } from '../format';
import type { PaperSession } from '../paperSession';
import { isAbort } from '../request';
import type { Claim } from '../schemas';
import { usePanel } from './context';
import { Button, Problem, QuoteBlock, Spinner } from './parts';

/** The place on the page that shows a claim's value, and a person's word on it. */
export function Evidence(props: { session: PaperSession; claim: Claim }): React.JSX.Element {
  const { session, claim } = props;
  const { trans } = usePanel();
  const headings = [...claim.citation.row_headings, ...claim.citation.column_headings];
  const settled = claim.status === 'confirmed' || claim.status === 'rejected';
  return (
    <aside className="p2n-Evidence" aria-label={trans.__('Evidence')}>
      <header>
        <b>{claim.method}</b>
        <div className="p2n-Muted">
          {[claim.metric, claim.dataset, claim.split].filter(Boolean).join(' · ')}
        </div>
        <div className="p2n-Evidence-value">{claimedValue(claim)}</div>
      </header>
      {/* The server knows a claim only when the whole paper has been read. */}
      <Picture
        key={String(session.extraction === null)}
        claim={claim}
        wanted={session.extraction === null}
      />
      <QuoteBlock text={claim.citation.quote} page={claim.citation.page}>
        {claim.citation.label}
        {headings.length > 0 && ` (${headings.join(' › ')})`},{' '}
      </QuoteBlock>
      <div className="p2n-Evidence-acts" role="group" aria-label={trans.__('Your word on it')}>
        <Button
          icon={checkIcon}
          disabled={session.extraction !== null}
          aria-pressed={claim.status === 'confirmed'}
          className={claim.status === 'confirmed' ? 'p2n-mod-on' : ''}
          onClick={() => void session.patch(claim.id, { status: 'confirmed' })}
        >
          {trans.__('Confirm')}
        </Button>
        <Button
          icon={closeIcon}
          disabled={session.extraction !== null}
          aria-pressed={claim.status === 'rejected'}
          className={claim.status === 'rejected' ? 'p2n-mod-off' : ''}
          onClick={() => void session.patch(claim.id, { status: 'rejected' })}
        >
          {trans.__('Reject')}
        </Button>
        {settled && (
          <Button
            kind="quiet"
            icon={undoIcon}
            aria-label={trans.__('Take it back')}
            title={trans.__('Take it back')}
            onClick={() => void session.patch(claim.id, { status: 'proposed' })}
          />
        )}
      </div>
      {claim.reasons.length > 0 && (
        <details className="p2n-Evidence-why">
          <summary>{trans.__('Why %1 % sure', Math.round(claim.confidence * 100))}</summary>
          <ul>
            {claim.reasons.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
      {claim.note && <p className="p2n-Evidence-note">{claim.note}</p>}
    </aside>
  );
}

function Picture({ claim, wanted }: { claim: Claim; wanted: boolean }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const [source, setSource] = React.useState<string | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);
  React.useEffect(() => {
    if (!wanted) {
      return;
    }
    const abort = new AbortController();
    let url: string | null = null;
    workbench.api
      .evidence(claim.id, abort.signal)
      .then(blob => {
        if (abort.signal.aborted) {
          return;
        }
        url = URL.createObjectURL(blob);
        setSource(url);
      })
      .catch(error => {
        if (!abort.signal.aborted && !isAbort(error)) {
          setReason(error);
        }
      });
    return () => {
      abort.abort();
      if (url) {
        URL.revokeObjectURL(url);
      }
    };
  }, [claim.id, wanted, workbench]);
  if (reason !== null) {
    return <Problem reason={reason} />;
  }
  return (
    <div className={`p2n-Evidence-picture${source ? '' : ' p2n-mod-loading'}`}>
      {source === null && <Spinner />}
      {source && (
        <img
          src={source}
          alt={trans.__(
            'Page %1 of the paper, %2, with the value %3 marked',
            claim.citation.page,
            claim.citation.label,
            claim.value_printed
          )}
        />
      )}
    </div>
  );
}
