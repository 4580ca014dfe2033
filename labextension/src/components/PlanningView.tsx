import * as React from 'react';

import type { PlanningState } from '../planning';
import { useClock, usePanel } from './context';
import { Bar } from './parts';
import { Notices } from './ReadBy';
import { stageNames } from './words';
import { ModelText, WorkStages } from './WorkView';

/** A planning that goes on: its stages, what a model writes, and what became of the code that it wrote. */
export function PlanningView({ planning }: { planning: PlanningState }): React.JSX.Element {
  const { trans } = usePanel();
  const now = useClock(true, 500);
  const { current, code } = planning;
  return (
    <section className="p2n-Reading" aria-label={trans.__('Making the plan')}>
      <div className="p2n-Reading-line">
        <Bar value={null} label={trans.__('Making the plan')} />
        <span role="status">
          {current
            ? trans.__('Making the plan: %1', stageNames(trans)[current.stage])
            : trans.__('Making the plan …')}
        </span>
      </div>
      <WorkStages work={planning} now={now} />
      {code.length > 0 && (
        <ul className="p2n-Plain" aria-label={trans.__('Code that the model wrote')}>
          {code.map(({ message, failed }, index) => (
            <li key={index}>
              <span aria-hidden="true">{failed ? '✗' : '✓'} </span>
              {message}
            </li>
          ))}
        </ul>
      )}
      <ModelText work={planning} />
      <Notices notices={planning.notices} />
    </section>
  );
}
