import * as React from 'react';

import { claimedValue } from '../format';
import type { Claim, ClaimStatus } from '../schemas';
import { usePanel } from './context';
import { Badge } from './parts';
import { statusNames } from './words';

const STATUS_TONE: Record<ClaimStatus, 'neutral' | 'good' | 'info' | 'bad'> = {
  proposed: 'neutral',
  confirmed: 'good',
  corrected: 'info',
  rejected: 'bad'
};

export function StatusBadge({ status }: { status: ClaimStatus }): React.JSX.Element {
  const { trans } = usePanel();
  return <Badge tone={STATUS_TONE[status]}>{statusNames(trans)[status]}</Badge>;
}

/** What tells a claim from others at a glance: in the abstract; of the paper's own method. */
export function Marks({ claim }: { claim: Claim }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <>
      {claim.headline && (
        <span
          className="p2n-Mark-headline"
          role="img"
          title={trans.__('Headline: the value also stands in the abstract')}
          aria-label={trans.__('headline')}
        >
          ★
        </span>
      )}
      {claim.own_method && (
        <span className="p2n-Tag" title={trans.__("This paper's own method")}>
          {trans.__('own')}
        </span>
      )}
    </>
  );
}

export interface IRowProps {
  claim: Claim;
  selected: boolean;
  chosen: boolean;
  withReaders: boolean;
  onSelect: (claimId: string, event: React.MouseEvent) => void;
  onChoose: (claimId: string, chosen: boolean) => void;
  /** Shows the reasons beside the element; null: hides them. */
  onReasons: (claim: Claim, anchor: HTMLElement | null) => void;
}

/** Drawn again only when something of it has changed: a paper may have hundreds. */
export const ClaimRow = React.memo(function ClaimRow(props: IRowProps): React.JSX.Element {
  const { claim, selected, onSelect, onReasons } = props;
  const { trans } = usePanel();
  // Tab visits the row that is selected and what can be done in it, not every row.
  const tabIndex = selected ? 0 : -1;
  return (
    <tr
      data-claim={claim.id}
      tabIndex={tabIndex}
      aria-selected={selected}
      className={`p2n-mod-${claim.status}${props.chosen ? ' p2n-mod-chosen' : ''}`}
      onClick={event => onSelect(claim.id, event)}
      onMouseDown={event => {
        // Shift+click chooses rows; it is no selection of text.
        if (event.shiftKey) {
          event.preventDefault();
        }
      }}
    >
      <td>
        <input
          type="checkbox"
          tabIndex={tabIndex}
          aria-label={trans.__('Choose %1, %2', claim.method, claim.metric)}
          checked={props.chosen}
          onClick={event => event.stopPropagation()}
          onChange={event => props.onChoose(claim.id, event.target.checked)}
        />
      </td>
      <td className="p2n-mod-method">
        {claim.method} <Marks claim={claim} />
      </td>
      <td>
        {claim.dataset ?? <i className="p2n-Muted">{trans.__('not stated')}</i>}
        {claim.split && <span className="p2n-Muted"> {claim.split}</span>}
      </td>
      <td>{claim.metric}</td>
      <td className="p2n-mod-value">{claimedValue(claim)}</td>
      <td className="p2n-mod-place">
        {claim.citation.label}{' '}
        <span className="p2n-Muted p2n-Nowrap">{trans.__('p. %1', claim.citation.page)}</span>
      </td>
      <td className="p2n-mod-confidence">
        <span
          tabIndex={tabIndex}
          aria-label={trans.__('%1 % sure', Math.round(claim.confidence * 100))}
          onMouseEnter={event => onReasons(claim, event.currentTarget)}
          onFocus={event => onReasons(claim, event.currentTarget)}
          onMouseLeave={() => onReasons(claim, null)}
          onBlur={() => onReasons(claim, null)}
        >
          {Math.round(claim.confidence * 100)}%
        </span>
      </td>
      {props.withReaders && (
        <td className="p2n-mod-readers">
          {claim.readers.join(', ')}
          {claim.disagreements.length > 0 && (
            <span
              className="p2n-Mark-differ"
              role="img"
              title={trans.__('The readers disagree')}
              aria-label={trans.__('the readers disagree')}
            >
              ≠
            </span>
          )}
        </td>
      )}
      <td>
        <StatusBadge status={claim.status} />
      </td>
    </tr>
  );
});
