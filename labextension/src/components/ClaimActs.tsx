import { checkIcon, closeIcon, editIcon, undoIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import type { Claim, ClaimStatus } from '../schemas';
import { usePanel } from './context';
import { Button, Problem } from './parts';

interface IProps {
  session: PaperSession;
  claim: Claim;
  correctRef: React.Ref<HTMLButtonElement>;
  onCorrect: () => void;
}

/** A person's word on a claim: it is so, it is otherwise, it is no claim; and back. */
export function ClaimActs({ session, claim, correctRef, onCorrect }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const { reading, busy } = session.claims;
  const disabled = reading !== null || busy.has(claim.id);
  const say = (status: ClaimStatus) => {
    setProblem(null);
    void session.patch(claim.id, { status }).then(setProblem);
  };
  return (
    <>
      <div className="p2n-Evidence-acts" role="group" aria-label={trans.__('Your word on it')}>
        <Button
          icon={checkIcon}
          // A button that is disabled while its press is worked on would lose the focus.
          aria-disabled={disabled}
          disabled={reading !== null}
          aria-pressed={claim.status === 'confirmed'}
          className={claim.status === 'confirmed' ? 'p2n-mod-on' : ''}
          onClick={() => !disabled && say('confirmed')}
        >
          {trans.__('Confirm')}
        </Button>
        <Button
          ref={correctRef}
          icon={editIcon}
          disabled={reading !== null}
          className={claim.status === 'corrected' ? 'p2n-mod-set' : ''}
          onClick={onCorrect}
        >
          {trans.__('Correct')}
        </Button>
        <Button
          icon={closeIcon}
          aria-disabled={disabled}
          disabled={reading !== null}
          aria-pressed={claim.status === 'rejected'}
          className={claim.status === 'rejected' ? 'p2n-mod-off' : ''}
          onClick={() => !disabled && say('rejected')}
        >
          {trans.__('Reject')}
        </Button>
        {claim.status !== 'proposed' && (
          <Button
            kind="quiet"
            icon={undoIcon}
            disabled={reading !== null}
            aria-label={trans.__('Back to what was proposed')}
            title={trans.__('Back to what was proposed')}
            onClick={() => !disabled && say('proposed')}
          />
        )}
      </div>
      {problem && <Problem reason={problem} onDismiss={() => setProblem(null)} />}
    </>
  );
}
