import * as React from 'react';

import { claimedValue } from '../format';
import type { PaperSession } from '../paperSession';
import type { UnplannedClaim } from '../schemas';
import { usePanel } from './context';
import { Button } from './parts';
import { leftOutNames } from './words';

const SHOWN = 12;

/** Claims that the plan leaves out, by reason; those of another dataset can have a plan of their own. */
export function Unplanned(props: {
  session: PaperSession;
  unplanned: UnplannedClaim[];
}): React.JSX.Element {
  const { session } = props;
  const { trans } = usePanel();
  const claims = new Map(session.claims.all.map(claim => [claim.id, claim]));
  const names = leftOutNames(trans);
  const groups = new Map<UnplannedClaim['reason'], UnplannedClaim[]>();
  for (const item of props.unplanned) {
    groups.set(item.reason, [...(groups.get(item.reason) ?? []), item]);
  }
  const others = groups.get('other_dataset') ?? [];
  return (
    <>
      {others.length > 0 && (
        <Button
          small
          disabled={session.busy.has('plan')}
          onClick={() => void session.makePlan(others.map(item => item.claim_id))}
        >
          {trans._n(
            'Plan the %1 claim on another dataset',
            'Plan the %1 claims on another dataset',
            others.length
          )}
        </Button>
      )}
      {[...groups].map(([reason, items]) => (
        <details key={reason} className="p2n-Group">
          <summary>
            <b>{names[reason]}</b> <span className="p2n-Count">{items.length}</span>
          </summary>
          <ul className="p2n-Plain">
            {items.slice(0, SHOWN).map(item => {
              const claim = claims.get(item.claim_id);
              return (
                <li key={item.claim_id}>
                  {claim && (
                    <b>
                      {claim.method}, {claim.metric} {claimedValue(claim)}:{' '}
                    </b>
                  )}
                  {item.message}
                </li>
              );
            })}
            {items.length > SHOWN && (
              <li className="p2n-Muted">{trans.__('and %1 more', items.length - SHOWN)}</li>
            )}
          </ul>
        </details>
      ))}
    </>
  );
}
