import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { VerdictKind } from '../schemas';
import { usePanel } from './context';
import { Determinism } from './Determinism';
import { IntervalPlot } from './IntervalPlot';
import { Button, Empty, Section, Spinner } from './parts';
import { Assumptions } from './PlanView';
import { ReportExports } from './ReportExports';
import { Behind, Contradictions, CountsByMethod, VerdictCounts } from './ReportParts';
import { VerdictTable } from './VerdictTable';
import { verdictNames } from './words';

export function ReportStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { report, busy } = session;
  const [only, setOnly] = React.useState<VerdictKind | null>(null);
  if (!report) {
    return busy.has('report') ? (
      <Empty title={trans.__('Judging …')}>
        <Spinner />
      </Empty>
    ) : (
      <Empty title={trans.__('No verdict yet')}>
        <p>{trans.__('The report compares what the paper claims with what a run has measured.')}</p>
        <Button onClick={() => void session.loadReport()}>{trans.__('Load the report')}</Button>
      </Empty>
    );
  }
  // A validation runs one run's notebook again: that of the run which the newest verdicts rest on.
  const newest = session.runs.find(run => run.status === 'succeeded');
  const judged = report.verdicts.filter(item => item.verdict !== 'not_run');
  const shown = report.verdicts.filter(item =>
    only ? item.verdict === only : item.verdict !== 'not_run'
  );
  return (
    <div className="p2n-Column">
      <div className="p2n-Verdicts" role="group" aria-label={trans.__('Show only one verdict')}>
        <VerdictCounts report={report} only={only} onOnly={setOnly} />
        <span className="p2n-Spacer" />
        <Button small disabled={busy.has('report')} onClick={() => void session.loadReport()}>
          {busy.has('report') ? trans.__('Judging …') : trans.__('Judge again')}
        </Button>
      </div>
      <CountsByMethod report={report} />
      <div className="p2n-Toolbar">
        <ReportExports session={session} />
      </div>
      {judged.length === 0 && (
        <p className="p2n-Muted">
          {trans.__('No claim has been run yet: press Reproduce, or run the plan.')}
        </p>
      )}
      {session.unreached.length > 0 && judged.length > 0 && (
        <div className="p2n-Note">
          {trans._n(
            '%1 claim is about another dataset: it needs a plan of its own.',
            '%1 claims are about another dataset: they need a plan of their own.',
            session.unreached.length
          )}
          <Button
            small
            disabled={session.walk.at !== null || session.isBusy}
            onClick={() => void session.walk.go(session.unreached)}
          >
            {trans._n('Reproduce it too', 'Reproduce them too', session.unreached.length)}
          </Button>
        </div>
      )}
      {shown.some(item => item.observed) && (
        <Section title={trans.__('Claimed against observed')}>
          <IntervalPlot verdicts={shown} />
        </Section>
      )}
      <Section title={only ? verdictNames(trans)[only] : trans.__('Verdicts')}>
        <VerdictTable verdicts={shown} />
      </Section>
      {report.contradictions.length > 0 && (
        <Section
          title={trans.__('Contradictions in the paper')}
          aside={<span className="p2n-Count">{report.contradictions.length}</span>}
        >
          <Contradictions report={report} />
        </Section>
      )}
      <Section title={trans.__('The rule')}>
        <p className="p2n-Rule">{report.rule}</p>
      </Section>
      {newest && <Determinism key={newest.id} api={session.workbench.api} run={newest} />}
      {report.assumptions.length > 0 && (
        <Section title={trans.__('What the paper leaves unsaid')}>
          <Assumptions items={report.assumptions} />
        </Section>
      )}
      {report.plans.some(plan => plan.verdicts > 0) && (
        <Section title={trans.__('Plans, runs and artifacts')}>
          <Behind report={report} />
        </Section>
      )}
    </div>
  );
}
