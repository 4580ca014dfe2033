import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { seconds } from '../format';
import type { ReadingState } from '../reading';
import { useClock, usePanel } from './context';
import { Bar, Button, Spinner } from './parts';
import { Notices } from './ReadBy';
import { stageNames } from './words';

/** A reading that goes on: its stages, pages, file searches, and what a model writes. */
export function ReadingView(props: {
  reading: ReadingState;
  onStop: () => void;
}): React.JSX.Element {
  const { reading } = props;
  const { trans } = usePanel();
  const now = useClock(true, 500);
  const names = stageNames(trans);
  const { pages, current, searches, stages } = reading;
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
      <ol className="p2n-Reading-stages" aria-label={trans.__('Stages')}>
        {stages.map(stage => (
          <li key={stage.stage} className={`p2n-mod-${stage.state}`} title={stage.message}>
            <span aria-hidden="true">
              {stage.state === 'started' ? <Spinner /> : stage.state === 'failed' ? '✗' : '✓'}
            </span>
            {names[stage.stage]}
            <span className="p2n-Muted">
              {stage.state === 'started'
                ? seconds(Math.max(0, (now - stage.startedAt) / 1000))
                : stage.seconds !== null && seconds(stage.seconds)}
            </span>
          </li>
        ))}
        {current?.message && <li className="p2n-Muted p2n-Reading-said">{current.message}</li>}
      </ol>
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
      {reading.characters > 0 && <ModelText reading={reading} />}
      <Notices notices={reading.notices} />
    </section>
  );
}

/** Nothing is announced while it is closed. */
function ModelText({ reading }: { reading: ReadingState }): React.JSX.Element {
  const { trans } = usePanel();
  const frame = React.useRef<HTMLPreElement>(null);
  React.useEffect(() => {
    const node = frame.current;
    if (node) {
      node.scrollTop = node.scrollHeight;
    }
  }, [reading.characters]);
  const cut = reading.characters - reading.text.length;
  return (
    <details className="p2n-Details">
      <summary>
        {trans.__('What the model writes (%1 characters)', reading.characters.toLocaleString())}
      </summary>
      <pre
        ref={frame}
        className="p2n-Reading-text"
        role="log"
        aria-label={trans.__("The model's text")}
        tabIndex={0}
      >
        {cut > 0 && '… '}
        {reading.text}
      </pre>
    </details>
  );
}
