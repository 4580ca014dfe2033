import * as React from 'react';

import { VERDICTS } from '../format';
import type { Report, VerdictKind } from '../schemas';
import { usePanel } from './context';
import { Button, QuoteBlock } from './parts';
import { RunArtifacts } from './VerdictDetails';
import { verdictNames } from './words';

/** How many of each verdict; pressing one shows only those. */
export function VerdictCounts(props: {
  report: Report;
  only: VerdictKind | null;
  onOnly: (kind: VerdictKind | null) => void;
}): React.JSX.Element {
  const { report, only, onOnly } = props;
  const names = verdictNames(usePanel().trans);
  return (
    <>
      {VERDICTS.filter(kind => (report.counts[kind] ?? 0) > 0).map(kind => (
        <button
          key={kind}
          type="button"
          className={`p2n-Verdict p2n-mod-${kind}`}
          aria-pressed={only === kind}
          onClick={() => onOnly(only === kind ? null : kind)}
        >
          <b>{report.counts[kind]}</b>
          <span>{names[kind]}</span>
        </button>
      ))}
    </>
  );
}

/** The same counts for the paper's own methods and for its baselines. */
export function CountsByMethod({ report }: { report: Report }): React.JSX.Element | null {
  const { trans } = usePanel();
  const { own_method, baseline } = report.counts_by_method;
  const names = verdictNames(trans);
  if (!own_method || !baseline) {
    return null;
  }
  const counted = (counts: Report['counts']) =>
    VERDICTS.filter(kind => (counts[kind] ?? 0) > 0)
      .map(kind => `${counts[kind]} ${names[kind]}`)
      .join(', ');
  return (
    <p className="p2n-Muted">
      {trans.__("The paper's own methods: %1.", counted(own_method))}{' '}
      {trans.__('Baselines: %1.', counted(baseline))}
    </p>
  );
}

/** Numbers that the paper itself prints in two ways. */
export function Contradictions({ report }: { report: Report }): React.JSX.Element {
  return (
    <ul className="p2n-Contradictions">
      {report.contradictions.map(entry => (
        <li key={entry.id}>
          <p>{entry.words}</p>
          <div className="p2n-Quotes">
            {entry.places.map(place => (
              <QuoteBlock key={place.claim_id} text={place.quote} page={place.page}>
                <b>{place.printed}</b>, {place.label},{' '}
              </QuoteBlock>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The plan versions that were run, each with its newest run's files. */
export function Behind({ report }: { report: Report }): React.JSX.Element {
  const { trans } = usePanel();
  const [shown, setShown] = React.useState<string | null>(null);
  const judgedBy = new Set(report.verdicts.flatMap(item => item.run_ids.slice(0, 1)));
  const used = report.plans.filter(plan => plan.verdicts > 0);
  return (
    <ul className="p2n-Behind">
      {used.map(plan => {
        const runId = plan.runs.find(id => judgedBy.has(id));
        return (
          <li key={plan.id}>
            <b>{trans.__('Plan version %1', plan.version)}</b>{' '}
            <span className="p2n-Muted" title={plan.id}>
              {trans.__('made by %1', plan.author ?? plan.planner)}
              {plan.parent && `, ${trans.__('edited from %1', plan.parent)}`}
              {` · ${trans._n('%1 verdict', '%1 verdicts', plan.verdicts)}`}
            </span>{' '}
            {runId && (
              <Button
                small
                aria-expanded={shown === runId}
                onClick={() => setShown(shown === runId ? null : runId)}
              >
                {trans.__('Artifacts')}
              </Button>
            )}
            {runId && shown === runId && <RunArtifacts runId={runId} />}
          </li>
        );
      })}
    </ul>
  );
}
