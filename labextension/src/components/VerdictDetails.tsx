import * as React from 'react';

import { metricGap } from '../format';
import type { ArtifactList, ClaimVerdict } from '../schemas';
import { usePanel } from './context';
import { EvidencePicture } from './EvidencePicture';
import { FileLinks } from './FileLinks';
import { Problem, QuoteBlock, Spinner } from './parts';
import { Assumptions } from './PlanView';
import { fidelityNames } from './words';

/** The rule with its numbers, the place in the paper, what was assumed, and the files of the runs behind it. */
export function VerdictDetails({ item }: { item: ClaimVerdict }): React.JSX.Element {
  const { trans } = usePanel();
  const inOwnUnit = metricGap(item);
  return (
    <div className="p2n-VerdictDetails">
      {item.reason && <p>{item.rule}</p>}
      {inOwnUnit && <p>{inOwnUnit}</p>}
      {item.fidelity_reasons.map((reason, index) => (
        <p key={index}>
          {item.fidelity && <b>{fidelityNames(trans)[item.fidelity]}</b>}: {reason}
        </p>
      ))}
      <EvidencePicture claim={item.claim} view="region" wanted />
      <div className="p2n-Quotes">
        {item.justifications.map(({ subject, quote }, index) => (
          <QuoteBlock key={index} text={quote.text} page={quote.page}>
            <b>{subject}</b>,{' '}
          </QuoteBlock>
        ))}
      </div>
      {item.assumptions.length > 0 && <Assumptions items={item.assumptions} />}
      <p className="p2n-Muted">
        {trans.__('Pages %1', item.pages.join(', '))}
        {item.run_ids.length > 0 &&
          ` · ${trans._n('run %2', 'runs %2', item.run_ids.length, item.run_ids.join(', '))}`}
      </p>
      {item.run_ids.length > 0 && <RunArtifacts runId={item.run_ids[0]} />}
    </div>
  );
}

/** Links are signed when they are asked for: they end. */
export function RunArtifacts({ runId }: { runId: string }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const [found, setFound] = React.useState<ArtifactList | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);
  React.useEffect(() => {
    let wanted = true;
    setFound(null);
    setReason(null);
    workbench.api.artifacts(runId).then(
      list => wanted && setFound(list),
      error => wanted && setReason(error)
    );
    return () => {
      wanted = false;
    };
  }, [runId, workbench]);
  if (reason !== null) {
    return <Problem reason={reason} />;
  }
  return found ? (
    <FileLinks
      files={found.artifacts}
      label={trans.__('Artifacts of run %1', runId)}
      renew={async () => (await workbench.api.artifacts(runId)).artifacts}
    />
  ) : (
    <Spinner />
  );
}
