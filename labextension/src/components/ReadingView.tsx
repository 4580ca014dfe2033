import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ReadingState } from '../reading';
import { useClock, usePanel } from './context';
import { Bar, Button } from './parts';
import { Notices } from './ReadBy';
import { ModelText, WorkStages } from './WorkView';

/** A reading that goes on: its stages, pages, file searches, and what a model writes. */
export function ReadingView(props: {
  reading: ReadingState;
  onStop: () => void;
}): React.JSX.Element {
  const { reading } = props;
  const { trans } = usePanel();
  const now = useClock(true, 500);
  const { pages, searches } = reading;
  return (
    <section className="p2n-Reading" aria-label={trans.__('Reading the paper')}>
      <div className="p2n-Reading-line">
        <Bar
          value={
            pages && pages.total > 0 && pages.done < pages.total ? pages.done / pages.total : null
          }
          label={trans.__('Pages read')}
        />
        <div className="p2n-Toolbar">
          <span role="status">
            {pages
              ? trans.__('Page %1 of %2', pages.done, pages.total)
              : trans.__('Opening the paper …')}
            <span aria-hidden="true"> · </span>
            {trans._n('%1 claim verified', '%1 claims verified', reading.claims.length)}
          </span>
          <span className="p2n-Spacer" />
          <Button small icon={stopIcon} onClick={props.onStop}>
            {trans.__('Stop reading')}
          </Button>
        </div>
      </div>
      <WorkStages work={reading} now={now} />
      {searches.length > 0 && (
        <details className="p2n-Details">
          <summary>{trans._n('%1 file search', '%1 file searches', searches.length)}</summary>
          <ul>
            {searches.map((search, index) => (
              <li key={index}>{search}</li>
            ))}
          </ul>
        </details>
      )}
      <ModelText work={reading} />
      <Notices notices={reading.notices} />
    </section>
  );
}
