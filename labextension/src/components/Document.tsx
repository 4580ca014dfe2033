import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PaperSession, Step } from '../paperSession';
import { isLive } from '../status';
import { ClaimsStep } from './ClaimsStep';
import { useIngest, usePanel, useSignal } from './context';
import { IntakeZone } from './IntakeZone';
import { PaperStep } from './PaperStep';
import { Button, Problem, Spinner } from './parts';
import { PlanStep } from './PlanStep';
import { ReportStep } from './ReportStep';
import { RunStep } from './RunStep';
import { Stepper } from './Stepper';
import { StoryStep } from './StoryStep';
import { readBy } from './words';

const VIEWS: Record<Step, (props: { session: PaperSession }) => React.JSX.Element> = {
  paper: PaperStep,
  claims: ClaimsStep,
  plan: PlanStep,
  run: RunStep,
  report: ReportStep,
  story: StoryStep
};

/** A paper in the main area: what it is, the steps, and the step that is looked at. */
export function Document({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  useSignal(session.changed);
  const { reason, ingest, clear } = useIngest();
  const { paper, step, problems } = session;
  const View = VIEWS[step];
  // What befalls the paper itself is shown whichever step is looked at.
  const troubled = problems.has(step) ? step : 'paper';
  const problem = problems.get(troubled);
  return (
    <IntakeZone className="p2n-Document-content" onSources={sources => void ingest(sources)}>
      <header className="p2n-Document-head">
        <div className="p2n-Document-title">
          <h1 title={paper?.title}>{paper?.title ?? trans.__('Loading …')}</h1>
          {paper && (
            <p className="p2n-Muted">
              {paper.filename}
              <span aria-hidden="true"> · </span>
              {trans._n('%1 page', '%1 pages', paper.pages)}
              <span aria-hidden="true"> · </span>
              {session.claims.reading
                ? trans.__('being read …')
                : paper.reader
                  ? trans._n('%1 claim', '%1 claims', session.claims.all.length) +
                    ` (${readBy(trans, paper)})`
                  : trans.__('not read yet')}
            </p>
          )}
        </div>
        <ReproduceButton session={session} />
      </header>
      <Stepper session={session} />
      <div
        className="p2n-Document-step"
        role="tabpanel"
        id={`p2n-step-${session.paperId}`}
        aria-labelledby={`p2n-tab-${session.paperId}-${step}`}
        tabIndex={-1}
      >
        {problem && (
          <Problem
            reason={problem}
            onRetry={troubled === 'paper' ? () => void session.load() : undefined}
            onDismiss={() => session.dismiss(troubled)}
          />
        )}
        {reason !== null && <Problem reason={reason} onDismiss={clear} />}
        {paper && <View session={session} />}
      </div>
    </IntakeZone>
  );
}

function ReproduceButton({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const live = session.run !== null && isLive(session.run.status);
  if (session.walk.at || live) {
    const doing: Partial<Record<Step, string>> = {
      claims: trans.__('Reading the paper …'),
      plan: session.busy.has('materialize')
        ? trans.__('Building the environment …')
        : trans.__('Planning …'),
      run: trans.__('Running …'),
      report: trans.__('Judging …')
    };
    return (
      <div className="p2n-Walk" role="status">
        <Spinner />
        <span>{doing[session.walk.at ?? 'run']}</span>
        <Button icon={stopIcon} onClick={() => session.walk.stop()}>
          {trans.__('Stop')}
        </Button>
      </div>
    );
  }
  const again = session.runs.some(run => run.status === 'succeeded');
  return (
    <Button
      kind="primary"
      icon={runIcon}
      className="p2n-mod-large"
      disabled={!session.paper || session.claims.reading !== null || session.isBusy}
      title={trans.__('Read, plan, run and judge: every step that is still open')}
      onClick={() => void session.walk.go()}
    >
      {again ? trans.__('Reproduce again') : trans.__('Reproduce')}
    </Button>
  );
}
