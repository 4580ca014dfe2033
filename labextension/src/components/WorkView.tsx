import * as React from 'react';

import { seconds } from '../format';
import type { WorkState } from '../work';
import { usePanel } from './context';
import { Spinner } from './parts';
import { stageNames } from './words';

/** The stages of a piece of work with the time each took, or has taken so far. */
export function WorkStages({ work, now }: { work: WorkState; now: number }): React.JSX.Element {
  const { trans } = usePanel();
  const names = stageNames(trans);
  return (
    <ol className="p2n-Reading-stages" aria-label={trans.__('Stages')}>
      {work.stages.map(stage => (
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
      {work.current?.message && (
        <li className="p2n-Muted p2n-Reading-said">{work.current.message}</li>
      )}
    </ol>
  );
}

/** What a model writes. Nothing is announced while it is closed. */
export function ModelText({ work }: { work: WorkState }): React.JSX.Element | null {
  const { trans } = usePanel();
  const frame = React.useRef<HTMLPreElement>(null);
  React.useEffect(() => {
    const node = frame.current;
    if (node) {
      node.scrollTop = node.scrollHeight;
    }
  }, [work.characters]);
  if (work.characters === 0) {
    return null;
  }
  const cut = work.characters - work.text.length;
  return (
    <details className="p2n-Details">
      <summary>
        {trans.__('What the model writes (%1 characters)', work.characters.toLocaleString())}
      </summary>
      <pre
        ref={frame}
        className="p2n-Reading-text"
        role="log"
        aria-label={trans.__("The model's text")}
        tabIndex={0}
      >
        {cut > 0 && '… '}
        {work.text}
      </pre>
    </details>
  );
}
