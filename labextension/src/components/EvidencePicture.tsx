import * as React from 'react';

import type { EvidenceView } from '../api';
import { isAbort } from '../request';
import type { Claim } from '../schemas';
import { usePanel } from './context';
import { Problem, Spinner } from './parts';

interface IProps {
  claim: Claim;
  view: EvidenceView;
  /** The server knows a claim only when the whole paper has been read. */
  wanted: boolean;
}

/** The page's own picture with the value marked; fetched again whenever the mark has moved. */
export function EvidencePicture({ claim, view, wanted }: IProps): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const [source, setSource] = React.useState<string | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);
  const { page, box, region, label } = claim.citation;
  const mark = JSON.stringify([page, box, region]);
  React.useEffect(() => {
    setSource(null);
    setReason(null);
    if (!wanted) {
      return;
    }
    const abort = new AbortController();
    let url: string | null = null;
    workbench.api
      .evidence(claim.id, view, abort.signal)
      .then(blob => {
        if (!abort.signal.aborted) {
          url = URL.createObjectURL(blob);
          setSource(url);
        }
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
  }, [claim.id, view, mark, wanted, workbench]);
  if (reason !== null) {
    return <Problem reason={reason} />;
  }
  if (!wanted) {
    return (
      <div className="p2n-Evidence-picture p2n-mod-waiting p2n-Muted">
        {trans.__('The picture comes when the paper has been read.')}
      </div>
    );
  }
  return (
    <div className={`p2n-Evidence-picture p2n-mod-${view}${source ? '' : ' p2n-mod-loading'}`}>
      {source === null ? (
        <Spinner />
      ) : (
        <img
          src={source}
          alt={
            view === 'page'
              ? trans.__('The whole page %1, with the value %2 marked', page, claim.value_printed)
              : trans.__(
                  'Page %1 of the paper, %2, with the value %3 marked',
                  page,
                  label,
                  claim.value_printed
                )
          }
        />
      )}
    </div>
  );
}
