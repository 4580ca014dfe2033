import * as React from 'react';

import { claimedValue, gap, observedInterval, observedValue, VERDICTS, words } from '../format';
import type { PaperSession } from '../paperSession';
import type { ClaimVerdict, VerdictKind } from '../schemas';
import { usePanel } from './context';
import { FileLinks } from './FileLinks';
import { IntervalPlot } from './IntervalPlot';
import { Button, Empty, FidelityBadge, Frame, Section, Spinner, VerdictBadge } from './parts';
import { Assumptions } from './PlanStep';

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
  const judged = report.verdicts.filter(item => item.verdict !== 'not_run');
  const shown = report.verdicts.filter(item =>
    only ? item.verdict === only : item.verdict !== 'not_run'
  );
  const counts = VERDICTS.map(kind => [kind, report.counts[kind] ?? 0] as const);
  return (
    <div className="p2n-Column">
      <div className="p2n-Verdicts" role="group" aria-label={trans.__('Show only one verdict')}>
        {counts
          .filter(([, count]) => count > 0)
          .map(([kind, count]) => (
            <button
              key={kind}
              type="button"
              className={`p2n-Verdict p2n-mod-${kind}`}
              aria-pressed={only === kind}
              onClick={() => setOnly(only === kind ? null : kind)}
            >
              <b>{count}</b>
              <span>{words(kind)}</span>
            </button>
          ))}
        <span className="p2n-Spacer" />
        <Button small disabled={busy.has('report')} onClick={() => void session.loadReport()}>
          {busy.has('report') ? trans.__('Judging …') : trans.__('Judge again')}
        </Button>
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
            disabled={session.walk.at !== null || session.busy.size > 0}
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
      <Section title={only ? words(only) : trans.__('Verdicts')}>
        <VerdictTable verdicts={shown} />
      </Section>
      <Section title={trans.__('The rule')}>
        <p className="p2n-Rule">{report.rule}</p>
      </Section>
      {report.assumptions.length > 0 && (
        <Section title={trans.__('What the paper leaves unsaid')}>
          <Assumptions items={report.assumptions} />
        </Section>
      )}
      {session.artifacts && session.artifacts.length > 0 && (
        <Section title={trans.__('Artifacts of the latest run')}>
          <FileLinks files={session.artifacts} label={trans.__('Artifacts')} />
        </Section>
      )}
    </div>
  );
}

function VerdictTable({ verdicts }: { verdicts: ClaimVerdict[] }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <Frame label={trans.__('Table of verdicts')}>
      <table className="p2n-Table p2n-VerdictTable" aria-label={trans.__('Verdicts')}>
        <thead>
          <tr>
            <th scope="col">{trans.__('Verdict')}</th>
            <th scope="col">{trans.__('Method')}</th>
            <th scope="col">{trans.__('Metric')}</th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Claimed')}
            </th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Observed')}
            </th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Interval')}
            </th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Gap')}
            </th>
            <th scope="col">{trans.__('Fidelity')}</th>
          </tr>
        </thead>
        <tbody>
          {verdicts.map(item => (
            <VerdictRows key={item.claim.id} item={item} />
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function VerdictRows({ item }: { item: ClaimVerdict }): React.JSX.Element {
  const { trans } = usePanel();
  const { claim, observed } = item;
  return (
    <>
      <tr>
        <td>
          <VerdictBadge verdict={item.verdict} title={item.rule} />
        </td>
        <td>
          <b>{claim.method}</b>
        </td>
        <td>
          {claim.metric}
          <div className="p2n-Muted">
            {[claim.dataset, claim.split].filter(Boolean).join(', ')}
            {` (${claim.citation.label}, ${trans.__('page %1', claim.citation.page)})`}
          </div>
        </td>
        <td className="p2n-mod-value">{claimedValue(claim)}</td>
        <td className="p2n-mod-value">
          {observed ? (
            <>
              {observedValue(observed, claim)}
              <div className="p2n-Muted">n = {observed.n}</div>
            </>
          ) : (
            '–'
          )}
        </td>
        <td className="p2n-mod-value">{observed ? observedInterval(observed, claim) : '–'}</td>
        <td className="p2n-mod-value">{item.gap !== null ? gap(item.gap, claim) : '–'}</td>
        <td>
          {item.fidelity && (
            <FidelityBadge fidelity={item.fidelity} reasons={item.fidelity_reasons} />
          )}
          {item.notebook_edited && (
            <div className="p2n-Muted">{trans.__('notebook edited by hand')}</div>
          )}
        </td>
      </tr>
      <tr className="p2n-VerdictTable-why">
        <td />
        <td colSpan={7}>{item.reason ?? item.rule}</td>
      </tr>
    </>
  );
}
