import * as React from 'react';

import type { EvidenceView } from '../api';
import type { Claim } from '../schemas';
import { usePanel } from './context';
import { PagePicture, Picture, useFetchedPicture } from './PagePicture';

interface IProps {
  claim: Claim;
  view: EvidenceView;
  /** The server knows a claim only when the whole paper has been read. */
  wanted: boolean;
}

/** The page's own picture with the value marked; fetched again whenever the mark has moved. */
export function EvidencePicture({ claim, view, wanted }: IProps): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const { page, box, region, label } = claim.citation;
  const fetched = useFetchedPicture(
    signal => (wanted ? workbench.api.evidence(claim.id, view, signal) : null),
    JSON.stringify([claim.id, view, wanted, page, box, region])
  );
  if (!wanted) {
    return (
      <div className="p2n-Evidence-picture p2n-mod-waiting p2n-Muted">
        {trans.__('The picture comes when the paper has been read.')}
      </div>
    );
  }
  return view === 'page' ? (
    <PagePicture
      fetched={fetched}
      box={box}
      alt={trans.__('The whole page %1, with the value %2 marked', page, claim.value_printed)}
    />
  ) : (
    <Picture
      fetched={fetched}
      className="p2n-mod-region"
      alt={trans.__(
        'Page %1 of the paper, %2, with the value %3 marked',
        page,
        label,
        claim.value_printed
      )}
    />
  );
}
