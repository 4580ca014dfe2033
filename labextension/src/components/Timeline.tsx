import * as React from 'react';

import { seconds } from '../format';
import type { RunState } from '../runFeed';
import { usePanel } from './context';
import { Spinner } from './parts';
import { type Progressed, progressNames, stageNames } from './words';

interface IProps {
  state: RunState;
  live: boolean;
  now: number;
  queuedAt: number;
}

/** The stages of a run with the time each took, or has taken so far. */
export function Timeline({ state, live, now, queuedAt }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const names = stageNames(trans);
  const states = progressNames(trans);
  return (
    <ol className="p2n-Timeline" aria-label={trans.__('Stages')}>
      {state.timeline().map(({ stage, update }) => {
        const running =
          live && (update?.state === 'started' || (stage === 'queued' && state.stages.size === 0));
        const status: Progressed = running
          ? 'started'
          : update?.state === 'started'
            ? 'cut'
            : (update?.state ?? 'todo');
        const since = update?.startedAt ?? queuedAt;
        return (
          <li key={stage} className={`p2n-mod-${status}`} title={update?.message}>
            <span className="p2n-Timeline-mark" aria-hidden="true">
              {status === 'started' ? <Spinner /> : MARK[status]}
            </span>
            <span className="p2n-Timeline-name">{names[stage]}</span>
            <span className="p2n-Timeline-time">
              {running
                ? seconds(Math.max(0, (now - since) / 1000))
                : update && update.seconds !== null && update.seconds !== undefined
                  ? seconds(update.seconds)
                  : ''}
              {update?.cached && <em>{trans.__('cached')}</em>}
            </span>
            <span className="p2n-Visually-hidden">{states[status]}</span>
          </li>
        );
      })}
    </ol>
  );
}

const MARK: Record<Exclude<Progressed, 'started'>, string> = {
  completed: '✓',
  failed: '✗',
  todo: '',
  cut: '–'
};
