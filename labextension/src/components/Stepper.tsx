import * as React from 'react';

import { type PaperSession, type Step, STEPS, type StepState } from '../paperSession';
import { usePanel } from './context';
import { Spinner } from './parts';

/** The steps as tabs: where one is, what is done, what failed. */
export function Stepper({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const tabs = React.useRef(new Map<Step, HTMLButtonElement>());
  const names: Record<Step, string> = {
    paper: trans.__('Paper'),
    claims: trans.__('Claims'),
    plan: trans.__('Plan'),
    run: trans.__('Run'),
    report: trans.__('Report'),
    story: trans.__('Story')
  };
  const states: Record<StepState, string> = {
    todo: trans.__('open'),
    busy: trans.__('under way'),
    done: trans.__('done'),
    failed: trans.__('failed')
  };
  const onKey = (event: React.KeyboardEvent) => {
    const index = STEPS.indexOf(session.step);
    const next =
      event.key === 'ArrowRight'
        ? index + 1
        : event.key === 'ArrowLeft'
          ? index - 1
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? STEPS.length - 1
              : null;
    if (next === null) {
      return;
    }
    event.preventDefault();
    const step = STEPS[(next + STEPS.length) % STEPS.length];
    session.show(step);
    tabs.current.get(step)?.focus();
  };
  return (
    <div className="p2n-Stepper" role="tablist" aria-label={trans.__('Steps')} onKeyDown={onKey}>
      {STEPS.map((step, index) => {
        const state = session.stateOf(step);
        const selected = session.step === step;
        return (
          <button
            key={step}
            ref={node => {
              if (node) {
                tabs.current.set(step, node);
              }
            }}
            type="button"
            role="tab"
            id={`p2n-tab-${session.paperId}-${step}`}
            className={`p2n-Stepper-step p2n-mod-${state}`}
            aria-selected={selected}
            aria-controls={`p2n-step-${session.paperId}`}
            tabIndex={selected ? 0 : -1}
            onClick={() => session.show(step)}
          >
            <span className="p2n-Stepper-mark" aria-hidden="true">
              {state === 'busy' ? (
                <Spinner />
              ) : state === 'done' ? (
                '✓'
              ) : state === 'failed' ? (
                '!'
              ) : (
                index + 1
              )}
            </span>
            <span>{names[step]}</span>
            <Count session={session} step={step} />
            <span className="p2n-Visually-hidden">{states[state]}</span>
          </button>
        );
      })}
    </div>
  );
}

function Count({ session, step }: { session: PaperSession; step: Step }): React.JSX.Element | null {
  const count =
    step === 'claims'
      ? session.claims.all.length
      : step === 'run'
        ? session.runs.length
        : step === 'plan'
          ? session.plans.length
          : 0;
  return count > 0 ? <span className="p2n-Count">{count}</span> : null;
}
