import { expandIcon, collapseIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { draftOf } from '../claimDraft';
import { claimedValue } from '../format';
import type { PaperSession } from '../paperSession';
import type { Claim } from '../schemas';
import { ClaimActs } from './ClaimActs';
import { ClaimForm } from './ClaimForm';
import { Marks, StatusBadge } from './ClaimRow';
import { usePanel } from './context';
import { Corrections, Disagreements } from './Differences';
import { EvidencePicture } from './EvidencePicture';
import { Button, QuoteBlock } from './parts';
import { fieldValue } from './words';

interface IProps {
  session: PaperSession;
  claim: Claim;
  /** The whole page is shown, in a wider pane. */
  wide: boolean;
  onWide: (wide: boolean) => void;
}

/** The place on the page that shows a claim's value, what speaks for it, and a person's word on it. */
export function Evidence({ session, claim, wide, onWide }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { claims } = session;
  const settled = claims.reading === null;
  const draft = claims.drafts.get(claim.id) ?? null;
  const correct = React.useRef<HTMLButtonElement>(null);
  const done = () => {
    claims.note(claim.id, null);
    // The form is gone with the focus in it: back to where it was opened.
    setTimeout(() => correct.current?.focus());
  };
  const { citation } = claim;
  return (
    <aside className="p2n-Evidence" aria-label={trans.__('Evidence')}>
      <header>
        <div className="p2n-Evidence-title">
          <b>{claim.method}</b> <Marks claim={claim} />
          <span className="p2n-Spacer" />
          <StatusBadge status={claim.status} />
        </div>
        <div className="p2n-Muted">
          {[claim.metric, claim.dataset, claim.split].filter(Boolean).join(' · ')}
        </div>
        <div className="p2n-Evidence-value">{claimedValue(claim)}</div>
      </header>
      <div className="p2n-Evidence-shot">
        <EvidencePicture claim={claim} view={wide ? 'page' : 'region'} wanted={settled} />
        <Button
          small
          kind="quiet"
          icon={wide ? collapseIcon : expandIcon}
          disabled={!settled}
          aria-pressed={wide}
          onClick={() => onWide(!wide)}
        >
          {wide ? trans.__('Back to the place') : trans.__('Whole page')}
        </Button>
      </div>
      {draft ? (
        <ClaimForm session={session} claim={claim} draft={draft} onDone={done} />
      ) : (
        <ClaimActs
          session={session}
          claim={claim}
          correctRef={correct}
          onCorrect={() => claims.note(claim.id, draftOf(claim))}
        />
      )}
      <QuoteBlock text={citation.quote} page={citation.page}>
        {citation.label},{' '}
      </QuoteBlock>
      <Facts claim={claim} />
      <Disagreements claim={claim} />
      <Corrections claim={claim} />
      {claim.reasons.length > 0 && (
        <details className="p2n-Details" open>
          <summary>{trans.__('Why %1 % sure', Math.round(claim.confidence * 100))}</summary>
          <ul>
            {claim.reasons.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </aside>
  );
}

/** What is known besides; a row only where there is something to say. */
function Facts({ claim }: { claim: Claim }): React.JSX.Element {
  const { trans } = usePanel();
  const { row_headings, column_headings } = claim.citation;
  const facts: [string, string | null][] = [
    [trans.__('Row'), row_headings.join(' › ')],
    [trans.__('Column'), column_headings.join(' › ')],
    [trans.__('Better is'), claim.direction && fieldValue(trans, 'direction', claim.direction)],
    [
      trans.__('Method is'),
      claim.own_method === null ? null : fieldValue(trans, 'own_method', claim.own_method)
    ],
    [trans.__('Read by'), claim.readers.join(', ')],
    [trans.__('Note'), claim.note]
  ];
  return (
    <dl className="p2n-Facts p2n-mod-narrow">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd className="p2n-Evidence-note">{value}</dd>
          </React.Fragment>
        ))}
    </dl>
  );
}
