import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { Justification } from '../schemas';
import { usePanel } from './context';
import { PagePicture, useFetchedPicture } from './PagePicture';
import { QuoteBlock } from './parts';

interface IProps {
  session: PaperSession;
  justification: Justification;
}

/** The paper's own words for a choice; the page that they stand on comes on demand, with the place marked. */
export function SourcedQuote({ session, justification }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { quote, subject } = justification;
  const [open, setOpen] = React.useState(false);
  return (
    <div className="p2n-SourcedQuote">
      <QuoteBlock text={quote.text} page={quote.page}>
        <b>{subject}</b>,{' '}
      </QuoteBlock>
      <button
        type="button"
        className="p2n-SourcedQuote-open"
        aria-expanded={open}
        aria-label={
          open
            ? trans.__('Hide page %1', quote.page)
            : trans.__('Show page %1: %2', quote.page, quote.text.slice(0, 80))
        }
        onClick={() => setOpen(!open)}
      >
        {open ? trans.__('Hide the page') : trans.__('Show the page')}
      </button>
      {open && <QuotePage session={session} justification={justification} />}
    </div>
  );
}

function QuotePage({ session, justification }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { page, box, text } = justification.quote;
  const fetched = useFetchedPicture(
    signal => session.workbench.api.pagePicture(session.paperId, page, text, signal),
    JSON.stringify([session.paperId, page, text])
  );
  return (
    <PagePicture
      fetched={fetched}
      box={box}
      alt={trans.__('Page %1, on which these words stand: %2', page, text)}
    />
  );
}
